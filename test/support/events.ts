/** Reads the server-sent events of a migration as an async sequence. */
import type { Migration } from '../../src/contracts/migration.js';

/** Yields every `migration` event; ends with the `end` event or the connection. */
export async function* migrationEvents(url: string, signal: AbortSignal, headers: Readonly<Record<string, string>> = {}): AsyncGenerator<Migration> {
  const answer = await fetch(url, { signal, headers: { ...headers, accept: 'text/event-stream' } });
  if (answer.status !== 200 || answer.body === null) throw new Error(`${url} answered ${String(answer.status)}: ${await answer.text()}`);
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string | undefined => block.split('\n').find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1).trim();
      const event = field('event');
      if (event === 'end') return;
      const data = field('data');
      if (event === 'migration' && data !== undefined) yield JSON.parse(data) as Migration;
    }
  }
}

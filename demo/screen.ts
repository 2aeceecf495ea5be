/**
 * The terminal: live bars where there is one, plain lines at most every two seconds where there is not.
 */
import { MultiBar, type SingleBar } from 'cli-progress';
import type { View } from './render.js';

export interface Screen {
  /** A line that stays. */
  say(text: string): void;
  show(view: View): void;
  /** Ends the bars; what is said afterwards comes below them. */
  settle(): void;
}

const PLAIN_EVERY_MS = 2_000;

export function createScreen(out: NodeJS.WriteStream): Screen {
  return out.isTTY ? new Terminal(out) : new Plain((line) => out.write(`${line}\n`));
}

/** Lines for a log or a pipe. */
export class Plain implements Screen {
  #shownAt = -PLAIN_EVERY_MS;
  #last: string | null = null;

  constructor(
    private readonly write: (line: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  say(text: string): void {
    this.write(text);
  }

  show({ line }: View): void {
    this.#last = line;
    if (this.now() - this.#shownAt < PLAIN_EVERY_MS) return;
    this.#shownAt = this.now();
    this.#last = null;
    this.write(line);
  }

  settle(): void {
    if (this.#last !== null) this.write(this.#last);
    this.#last = null;
    this.#shownAt = -PLAIN_EVERY_MS;
  }
}

const BAR_FORMAT = '  {name} {bar} {percentage} % | {text}';

/** Bars that are redrawn in place, with a line of text below them. */
class Terminal implements Screen {
  #multi: MultiBar | null = null;
  #bars: SingleBar[] = [];

  constructor(private readonly out: NodeJS.WriteStream) {}

  say(text: string): void {
    if (this.#multi === null) this.out.write(`${text}\n`);
    else this.#multi.log(`${text}\n`);
  }

  show({ bars, footer }: View): void {
    if (this.#multi === null) this.#open(bars.length);
    for (const [at, { name, done, total, text }] of bars.entries()) {
      this.#bars[at]?.setTotal(total);
      this.#bars[at]?.update(done, { name: name.padEnd(9), text });
    }
    this.#bars[bars.length]?.update(0, { text: footer });
  }

  settle(): void {
    // Drawn once more first: what was said last would be lost with the bars.
    this.#multi?.update();
    this.#multi?.stop();
    this.#multi = null;
    this.#bars = [];
  }

  #open(number: number): void {
    const multi = new MultiBar({
      ...{ stream: this.out, format: BAR_FORMAT, barsize: 28, fps: 5, barCompleteChar: '█', barIncompleteChar: '░' },
      // Redrawn always: a line that is said shifts the bars, which would else only be drawn where they changed.
      ...{ hideCursor: true, gracefulExit: false, forceRedraw: true, emptyOnZero: true, autopadding: true, clearOnComplete: false },
    });
    this.#multi = multi;
    this.#bars = Array.from({ length: number }, () => multi.create(1, 0, { name: '', text: '' }));
    this.#bars.push(multi.create(1, 0, { text: '' }, { format: '  {text}' }));
  }
}

import type { LoadProgress } from './protocol.js';

/** Adds up what has been loaded of how much, over all files. */
export class Tally {
  readonly #report: (progress: LoadProgress) => void;
  readonly #files = new Map<string, { loaded: number; size: number | null; own?: boolean }>();
  #phase: LoadProgress['phase'] = 'runtime';
  #sizes: ReadonlyMap<string, number> | undefined;
  #reported = 0;

  constructor(report: (progress: LoadProgress) => void) {
    this.#report = report;
  }

  /** A file that will be loaded; its size as the server declares it, null while that is unknown. */
  expect(file: string, size: number | null = null): void {
    const loaded = this.#files.get(file)?.loaded ?? 0;
    this.#files.set(file, { loaded, size });
  }

  /** A file whose size is this, whatever the manifest says. */
  own(file: string, size: number | null): void {
    this.#files.set(file, { loaded: 0, size, own: true });
  }

  /** A file that turned out not to be there. */
  drop(file: string): void {
    this.#files.delete(file);
  }

  /** The manifest's sizes, which win over the declared ones. */
  trust(sizes: ReadonlyMap<string, number>): void {
    this.#sizes = sizes;
  }

  /** So many bytes of the file are there. */
  loaded(file: string, bytes: number): void {
    const entry = this.#files.get(file);
    if (!entry) return;
    entry.loaded = bytes;
    // A declared size that is exceeded was that of a compressed body.
    if (entry.size !== null && bytes > entry.size) entry.size = null;
    this.#tell(false);
  }

  /** The file has ended. */
  complete(file: string): void {
    const entry = this.#files.get(file);
    if (entry) entry.size = entry.loaded;
  }

  /** All files have ended. */
  ready(): void {
    for (const file of this.#files.keys()) this.complete(file);
    this.phase('ready');
  }

  phase(phase: LoadProgress['phase']): void {
    this.#phase = phase;
    this.#tell(true);
  }

  /** Files that have ended with another size than the manifest's. */
  *wrong(): Iterable<{ file: string; bytes: number; expected: number }> {
    for (const [file, { loaded, own }] of this.#files) {
      const expected = own ? undefined : this.#sizes?.get(file);
      if (expected !== undefined && expected !== loaded) yield { file, bytes: loaded, expected };
    }
  }

  #tell(now: boolean): void {
    // Often enough for a smooth bar; a message for every chunk is not needed.
    const time = performance.now();
    if (!now && time - this.#reported < 30) return;
    this.#reported = time;
    let loaded = 0;
    let total: number | null = 0;
    for (const [file, entry] of this.#files) {
      const size: number | null = (entry.own ? undefined : this.#sizes?.get(file)) ?? entry.size;
      loaded += entry.loaded;
      total = total === null || size === null ? null : total + size;
    }
    this.#report({ phase: this.#phase, loaded, total });
  }
}

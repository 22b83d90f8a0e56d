/**
 * The module's linear memory. It grows and never shrinks; growing detaches every view, so that none is ever kept: bytes are
 * copied in and out.
 */

export class Memory {
  private readonly memory: WebAssembly.Memory;
  private view: Uint8Array;
  private integers: Int32Array;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.view = new Uint8Array(memory.buffer);
    this.integers = new Int32Array(memory.buffer);
  }

  /** Size of the linear memory in bytes. */
  get size(): number {
    return this.memory.buffer.byteLength;
  }

  /** A copy of `length` bytes from `address` on. */
  read(address: number, length: number): Uint8Array {
    return this.bytes().slice(address, address + length);
  }

  write(address: number, bytes: Uint8Array): void {
    this.bytes().set(bytes, address);
  }

  /** Overwrites what was secret. */
  wipe(address: number, length: number): void {
    this.bytes().fill(0, address, address + length);
  }

  /** Lets the filler write directly into the memory; it must not keep the view. */
  fill(address: number, length: number, filler: (into: Uint8Array) => void): void {
    filler(this.bytes().subarray(address, address + length));
  }

  /** The signed 32-bit integer at `address`, which is a multiple of 4. */
  readInteger(address: number): number {
    if (this.integers.buffer !== this.memory.buffer) this.integers = new Int32Array(this.memory.buffer);
    return this.integers[address / 4] ?? 0;
  }

  private bytes(): Uint8Array {
    if (this.view.buffer !== this.memory.buffer) this.view = new Uint8Array(this.memory.buffer);
    return this.view;
  }
}

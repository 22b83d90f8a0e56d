/**
 * The module's linear memory. It grows and never shrinks; growing detaches every view, so that none is ever kept: bytes are
 * copied in and out.
 */

export class Memory {
  private readonly memory: WebAssembly.Memory;
  private view: Uint8Array;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.view = new Uint8Array(memory.buffer);
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

  /** `count` signed 32-bit integers from `address` on. */
  readIntegers(address: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer.slice(address, address + 4 * count));
  }

  private bytes(): Uint8Array {
    if (this.view.buffer !== this.memory.buffer) this.view = new Uint8Array(this.memory.buffer);
    return this.view;
  }
}

/**
 * The server's side of one NBD connection (the NBD protocol document, fixed newstyle negotiation): bytes of the client in, bytes for it
 * out. One export, whatever its name; FLUSH and FUA, so that the client's barriers arrive here.
 */

export interface NbdDisk {
  readonly bytes: number;
  read(offset: number, length: number): Uint8Array;
  write(offset: number, bytes: Uint8Array): void;
  flush(): void;
}

const greetingMagic = 'NBDMAGICIHAVEOPT';
const fixedNewstyle = 1;
const noZeroes = 2;
const optionReplyMagic = 0x3e889045565a9n;
const simpleReplyMagic = 0x67446698;
const options = { exportName: 1, abort: 2, info: 6, go: 7 } as const;
const replies = { acknowledged: 1, info: 3, unsupported: 0x80000001 } as const;
const infoExport = 0;
const transmissionFlags = 0b1101; // HAS_FLAGS, SEND_FLUSH, SEND_FUA
const commands = { read: 0, write: 1, disconnect: 2, flush: 3 } as const;
const forceUnitAccess = 1;
const invalid = 22;
const commandHeaderBytes = 28;
const optionHeaderBytes = 16;

type Phase = 'flags' | 'options' | 'commands' | 'ended';

export class NbdConnection {
  private readonly disk: NbdDisk;
  private phase: Phase = 'flags';
  private pending: Buffer = Buffer.alloc(0);
  private zeroes = true;

  constructor(disk: NbdDisk) {
    this.disk = disk;
  }

  get hasEnded(): boolean {
    return this.phase === 'ended';
  }

  /** What the server says first. */
  greeting(): Buffer {
    return Buffer.concat([Buffer.from(greetingMagic), uint16(fixedNewstyle | noZeroes)]);
  }

  /** What it says upon these bytes. */
  receive(bytes: Uint8Array): Buffer {
    this.pending = Buffer.concat([this.pending, bytes]);
    const said: Buffer[] = [];
    for (let next = this.next(); next !== undefined; next = this.next()) said.push(next);
    return Buffer.concat(said);
  }

  /** The answer to the next whole message, perhaps empty; undefined while there is none. */
  private next(): Buffer | undefined {
    switch (this.phase) {
      case 'flags':
        return this.flags();
      case 'options':
        return this.option();
      case 'commands':
        return this.command();
      case 'ended':
        return undefined;
    }
  }

  private flags(): Buffer | undefined {
    const flags = this.take(4)?.readUInt32BE(0);
    if (flags === undefined) return undefined;
    this.zeroes = (flags & noZeroes) === 0;
    this.phase = 'options';
    return Buffer.alloc(0);
  }

  private option(): Buffer | undefined {
    if (this.pending.length < optionHeaderBytes) return undefined;
    const option = this.pending.readUInt32BE(8);
    if (this.take(optionHeaderBytes + this.pending.readUInt32BE(12)) === undefined) return undefined;
    const size = uint64(this.disk.bytes);
    const flags = uint16(transmissionFlags);
    switch (option) {
      case options.exportName:
        this.phase = 'commands';
        return Buffer.concat([size, flags, Buffer.alloc(this.zeroes ? 124 : 0)]);
      case options.abort:
        this.phase = 'ended';
        return optionReply(option, replies.acknowledged);
      case options.info:
      case options.go:
        if (option === options.go) this.phase = 'commands';
        return Buffer.concat([
          optionReply(option, replies.info, Buffer.concat([uint16(infoExport), size, flags])),
          optionReply(option, replies.acknowledged),
        ]);
      default:
        return optionReply(option, replies.unsupported);
    }
  }

  private command(): Buffer | undefined {
    if (this.pending.length < commandHeaderBytes) return undefined;
    const kind = this.pending.readUInt16BE(6);
    const length = this.pending.readUInt32BE(24);
    const message = this.take(commandHeaderBytes + (kind === commands.write ? length : 0));
    if (message === undefined) return undefined;
    const flags = message.readUInt16BE(4);
    const handle = message.subarray(8, 16);
    const offset = Number(message.readBigUInt64BE(16));
    switch (kind) {
      case commands.read:
        return Buffer.concat([commandReply(handle), this.disk.read(offset, length)]);
      case commands.write:
        this.disk.write(offset, message.subarray(commandHeaderBytes));
        if ((flags & forceUnitAccess) !== 0) this.disk.flush();
        return commandReply(handle);
      case commands.flush:
        this.disk.flush();
        return commandReply(handle);
      case commands.disconnect:
        this.phase = 'ended';
        return Buffer.alloc(0);
      default:
        return commandReply(handle, invalid);
    }
  }

  /** The next so many bytes, or undefined while they have not all come. */
  private take(length: number): Buffer | undefined {
    if (this.pending.length < length) return undefined;
    const taken = this.pending.subarray(0, length);
    this.pending = this.pending.subarray(length);
    return taken;
  }
}

function optionReply(option: number, kind: number, data = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(20);
  header.writeBigUInt64BE(optionReplyMagic, 0);
  header.writeUInt32BE(option, 8);
  header.writeUInt32BE(kind, 12);
  header.writeUInt32BE(data.length, 16);
  return Buffer.concat([header, data]);
}

function commandReply(handle: Uint8Array, error = 0): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(simpleReplyMagic, 0);
  header.writeUInt32BE(error, 4);
  return Buffer.concat([header, handle]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

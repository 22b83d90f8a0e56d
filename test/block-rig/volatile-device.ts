/**
 * A block device with a volatile cache over a plain file, served by NBD on a unix socket. The power goes on one of the next writes once
 * it is armed: a disk flushes so often that a cut at any other moment finds an empty cache.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Random } from '../simulation/random.ts';
import { NbdConnection, type NbdDisk } from './nbd-connection.ts';
import { type CutFigures, type CutPolicy, VolatileCache } from './volatile-cache.ts';

export interface VolatileDeviceOptions {
  readonly imageFile: string;
  readonly socketPath: string;
  readonly policy: CutPolicy;
  readonly random: Random;
}

export class VolatileDevice {
  /** A disk that acknowledges flushes without doing them: what the rig must not let pass. */
  flushLies = false;
  readonly counted = { writes: 0, flushes: 0 };
  private readonly options: VolatileDeviceOptions;
  private readonly image: number;
  private readonly cache: VolatileCache;
  private readonly disk: NbdDisk;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private writesToCut = 0;
  private onCut: ((figures: CutFigures) => void) | undefined;
  private isCut = false;

  private constructor(options: VolatileDeviceOptions) {
    this.options = options;
    const image = openSync(options.imageFile, 'r+');
    this.image = image;
    this.cache = new VolatileCache({
      read: (offset, length) => {
        const bytes = new Uint8Array(length);
        readSync(image, bytes, 0, length, offset);
        return bytes;
      },
      write: (offset, bytes) => {
        writeSync(image, bytes, 0, bytes.length, offset);
      },
    });
    this.disk = {
      bytes: fstatSync(image).size,
      read: (offset, length) => this.cache.read(offset, length),
      write: (offset, bytes) => this.write(offset, bytes),
      flush: () => this.flush(),
    };
    this.server = createServer((socket) => this.serve(socket));
  }

  static async open(options: VolatileDeviceOptions): Promise<VolatileDevice> {
    const device = new VolatileDevice(options);
    await new Promise<void>((resolve, reject) => {
      device.server.once('error', reject);
      device.server.listen(options.socketPath, resolve);
    });
    return device;
  }

  /** The power goes on one of the next `writesMax` writes; `onCut` is called in that moment, before anything else can happen. */
  arm(writesMax: number, onCut: (figures: CutFigures) => void): void {
    this.writesToCut = this.options.random.between(1, writesMax);
    this.onCut = onCut;
  }

  close(): void {
    this.isCut = true;
    this.dropConnections();
    this.server.close();
    closeSync(this.image);
  }

  private serve(socket: Socket): void {
    const connection = new NbdConnection(this.disk);
    this.sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.sockets.delete(socket));
    socket.write(connection.greeting());
    socket.on('data', (bytes: Buffer) => {
      if (this.isCut) return;
      const said = connection.receive(bytes);
      if (this.isCut) return this.dropConnections();
      socket.write(said);
      if (connection.hasEnded) socket.end();
    });
  }

  private write(offset: number, bytes: Uint8Array): void {
    if (this.isCut) return;
    this.counted.writes++;
    this.cache.write(offset, bytes);
    if (this.writesToCut === 0 || --this.writesToCut > 0) return;
    this.isCut = true;
    this.onCut?.(this.cache.cut(this.options.policy, this.options.random));
  }

  private flush(): void {
    if (this.isCut) return;
    this.counted.flushes++;
    if (!this.flushLies) this.cache.flush();
  }

  /** To the machine above, the disk is gone: whatever waits for it ends in an error, and is not repeated. */
  private dropConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}

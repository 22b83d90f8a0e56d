/** The floor of everything that comes over UDP: datagrams that another process sends back, so many under way at a time. */
import { type ChildProcess, fork } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Floor } from './measure.ts';

const program = fileURLToPath(new URL('echo-process.js', import.meta.url));
const datagram = new Uint8Array(100).fill(5);

export class EchoFloor implements Floor {
  readonly name: string;
  private readonly child: ChildProcess;
  private readonly port: Promise<number>;
  private readonly socket: Socket = createSocket('udp4');
  private readonly underWay: number;
  private readonly count: number;

  constructor(underWay: number, count: number) {
    this.name = `an echo over UDP, ${underWay} under way`;
    this.underWay = underWay;
    this.count = count;
    this.child = fork(program, { execArgv: [] });
    this.port = once(this.child, 'message').then(([port]) => Number(port));
  }

  /** Seconds for each, `underWay` of them sharing the time. */
  async measure(): Promise<number> {
    const port = await this.port;
    const { socket, count } = this;
    const begun = performance.now();
    let sent = 0;
    let returned = 0;
    const send = (): void => {
      if (sent < count) socket.send(datagram, port, '127.0.0.1');
      sent++;
    };
    await new Promise<void>((resolve) => {
      const arrived = (): void => {
        send();
        if (++returned < count) return;
        socket.off('message', arrived);
        resolve();
      };
      socket.on('message', arrived);
      for (let first = 0; first < this.underWay; first++) send();
    });
    return (performance.now() - begun) / 1_000 / count;
  }

  async close(): Promise<void> {
    this.socket.close();
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await gone;
  }
}

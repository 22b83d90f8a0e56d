/** A process that answers on sockets it was handed. Each answer is the datagram and the name of the socket; SIGTERM stops reading. */
import type { ListenerName } from '../../src/gateway/contract.ts';
import { takeInheritedSockets } from '../../src/host/inherited-sockets.ts';
import { UdpTransport } from '../../src/host/udp-transport.ts';

const transports = await Promise.all(
  takeInheritedSockets().map(({ fd, name, family }) =>
    UdpTransport.bind({
      name: name as ListenerName,
      scheme: 'coaps',
      host: family === 'udp4' ? '127.0.0.1' : '::1',
      port: 0,
      inherited: { fd, family },
    }),
  ),
);
for (const transport of transports) {
  transport.startReading((listener, to, bytes) => {
    transport.send({ listener, to, bytes: Buffer.concat([bytes, Buffer.from(listener)]) });
  });
}
process.once('SIGTERM', () => {
  for (const transport of transports) transport.stopReading();
  process.stdout.write('stopped\n');
  setInterval(() => {}, 1_000);
});
process.stdout.write(`${process.env['LISTEN_FDS'] === undefined ? 'clean' : 'leaking'} ${transports.length}\n`);

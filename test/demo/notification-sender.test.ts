import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { parse } from 'coap-packet';
import { type Notification, NotificationSender, uint } from './notification-sender.ts';

const notification: Notification = {
  number: 7,
  token: Buffer.from('a1b2', 'hex'),
  observe: 300,
  contentFormat: 0,
  payload: Buffer.from('7'),
};

test('a notification is confirmable, and its acknowledgement is counted once', (context) => {
  const { sender, sent, told } = rig(context);
  assert.equal(sender.send(notification), true);
  assert.equal(sender.send({ ...notification, number: 8 }), false);
  const { confirmable, code, token, messageId, payload, options } = parse(Buffer.from(sent[0] ?? []));
  assert.deepEqual([confirmable, code, token.toString('hex'), payload.toString()], [true, '2.05', 'a1b2', '7']);
  assert.deepEqual(
    options.map(({ name, value }) => [name, value.toString('hex')]),
    [
      ['Observe', '012c'],
      ['Content-Format', ''],
    ],
  );
  assert.equal(sender.answered(messageId + 1, false), false);
  assert.equal(sender.inFlight, 7);
  assert.equal(sender.answered(messageId, false), true);
  assert.equal(sender.answered(messageId, false), false);
  assert.deepEqual([sender.inFlight, told], [undefined, ['acknowledged 7']]);
});

test('it is repeated with doubled time-outs, the same bytes, and then given up', (context) => {
  const { sender, sent, told } = rig(context);
  sender.send(notification);
  const counts = [1_999, 1, 3_999, 1, 7_999, 1].map((ms) => {
    context.mock.timers.tick(ms);
    return sent.length;
  });
  assert.deepEqual(counts, [1, 2, 2, 3, 3, 3]);
  assert.deepEqual(sent[2], sent[0]);
  assert.deepEqual([sender.inFlight, told], [undefined, ['gave up']]);
});

test('RST ends it and names its token', (context) => {
  const { sender, sent, told } = rig(context);
  sender.send(notification);
  sender.answered(parse(Buffer.from(sent[0] ?? [])).messageId, true);
  assert.deepEqual(told, ['reset a1b2']);
});

test('an integer takes as few bytes as it needs', () => {
  assert.deepEqual(
    [0, 1, 255, 256, 65_536].map((value) => uint(value).toString('hex')),
    ['', '01', 'ff', '0100', '010000'],
  );
});

function rig(context: TestContext): { sender: NotificationSender; sent: Uint8Array[]; told: string[] } {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const sent: Uint8Array[] = [];
  const told: string[] = [];
  const events = {
    send: (message: Uint8Array) => void sent.push(message),
    acknowledged: ({ number }: Notification) => void told.push(`acknowledged ${number}`),
    reset: (token: Buffer) => void told.push(`reset ${token.toString('hex')}`),
    gaveUp: () => void told.push('gave up'),
  };
  return { sender: new NotificationSender(events, () => 0), sent, told };
}

/**
 * libcoap's client, in each of its builds that is there: a registration over DTLS-PSK, exactly as the documentation prints the
 * command, is answered 2.01 with a Location.
 */
import { Gateway } from './gateway.ts';
import { isInstalled, type Peer } from './peer.ts';

const builds = ['coap-client', 'coap-client-openssl', 'coap-client-gnutls', 'coap-client-mbedtls'].filter(isInstalled);

const key = 'try-me-now-1';
const stepMs = 15_000;

export const libcoap: Peer = {
  name: 'libcoap',
  limitMs: 60_000,
  missing: () => (builds.length > 0 ? undefined : 'coap-client is not installed (apt install libcoap3-bin)'),
  async run(bench) {
    const gateway = await Gateway.start(bench);
    for (const build of builds) {
      const endpoint = `probe-${build}`;
      await gateway.operator.addDevice(endpoint, Buffer.from(key).toString('hex'));
      await bench.report.check(`${build}, registers over DTLS-PSK`, async () => {
        const url = `coaps://127.0.0.1:${gateway.port}/rd?ep=${endpoint}&lt=300&lwm2m=1.1&b=U`;
        const said = ['-v', '7', '-m', 'post', '-u', endpoint, '-k', key, '-t', 'link', '-e', '</1/0>,</3/0>', url];
        const client = bench.start(build, build, said);
        const [, location] = await client.says(/c:2\.01 .*\[ Location-Path:rd, Location-Path:([^ ,]+) \]/, stepMs);
        await client.exited;
        const registered = await gateway.operator.client(endpoint);
        if (registered?.registrationId !== location) {
          throw new Error(`Location is /rd/${location}, the gateway has ${JSON.stringify(registered)}`);
        }
        return `2.01, Location /rd/${location}`;
      });
    }
    await bench.report.check('the gateway logged no error', () => gateway.loggedNoError());
  },
};

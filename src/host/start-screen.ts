/** What a person at a terminal sees once the gateway serves. */

export interface StartFacts {
  readonly version: string;
  readonly lastStop: 'clean' | 'unclean' | 'crash' | 'first';
  /** As the person would write it: `./var`. */
  readonly state: string;
  readonly secured: readonly string[];
  readonly plain: readonly string[];
  /** Devices may come in with certificates as well. */
  readonly takesCertificates: boolean;
  /** The address of the REST interface, if it is on. */
  readonly http: string | undefined;
  /** How the command line is called from here: `./holdfast`, perhaps with a socket. */
  readonly command: string;
  readonly devicesKnown: number;
}

const stops = {
  first: 'first start',
  clean: 'after a clean stop',
  unclean: 'after a power cut or kill',
  crash: 'after a crash',
} as const;

export function startScreen(facts: StartFacts): string {
  const lines = [
    `holdfast ${facts.version} serves (${stops[facts.lastStop]}, state in ${facts.state})`,
    ...line('devices', facts.secured, facts.takesCertificates ? 'DTLS, PSK and X.509' : 'DTLS, PSK'),
    ...line(facts.secured.length === 0 ? 'devices' : '', facts.plain, 'no security'),
    ...(facts.http === undefined ? [] : [`  ${'rest'.padEnd(11)}${facts.http}`]),
    `  ${'operators'.padEnd(11)}${facts.command} status`,
    ...(facts.devicesKnown === 0 ? firstDevice(facts.command) : []),
    'Ctrl-C stops the gateway; its devices keep their connections.',
  ];
  return `${lines.join('\n')}\n`;
}

function line(label: string, urls: readonly string[], security: string): string[] {
  return urls.length === 0 ? [] : [`  ${label.padEnd(11)}${urls.join('  ')}     ${security}`];
}

function firstDevice(command: string): string[] {
  return [
    'Add a first device, in a second terminal:',
    `  ${command} device add meter-17 --generate-key meter-17.key`,
    '  npm run device -- meter-17 meter-17.key',
  ];
}

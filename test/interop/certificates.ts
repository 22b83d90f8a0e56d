/** Certificates of one authority for the gateway and for what comes to it, in the files that both sides read. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Issued, issue } from '../mbedtls-wasm/authority.ts';

export interface OwnFiles {
  readonly certificate: string;
  readonly key: string;
}

export class Certificates {
  /** What the certificates of both sides lead to. */
  readonly rootFile: string;
  /** A configuration of the gateway with its certificate. */
  readonly configurationFile: string;
  readonly gateway: Issued;
  private readonly directory: string;
  private readonly root = issue({ commonNames: ['authority'], isAuthority: true });

  constructor(directory: string) {
    this.directory = directory;
    this.rootFile = this.written('root.pem', pem(this.root));
    this.gateway = issue({ commonNames: ['gateway'], by: this.root });
    const { certificate, key } = this.files('gateway', this.gateway);
    const section = { chain: certificate, key, trust: this.rootFile };
    const lines = Object.entries(section).map(([name, file]) => `${name} = ${JSON.stringify(file)}`);
    // What is kept soon is kept before a kill then.
    const configuration = `[certificates]\n${lines.join('\n')}\n[store]\nsoon_window = 1\n`;
    this.configurationFile = this.written('holdfast.toml', configuration);
  }

  /** A device's certificate, of this authority or of one that nobody trusts. */
  device(name: string, isTrusted = true): OwnFiles {
    const by = isTrusted ? this.root : issue({ commonNames: ['authority'], isAuthority: true });
    return this.files(isTrusted ? name : `${name}-untrusted`, issue({ commonNames: [name], by }));
  }

  issued(name: string): Issued {
    return issue({ commonNames: [name], by: this.root });
  }

  private files(name: string, issued: Issued): OwnFiles {
    const key = issued.key.export({ type: 'pkcs8', format: 'pem' }).toString();
    return { certificate: this.written(`${name}.pem`, pem(issued)), key: this.written(`${name}.key`, key) };
  }

  private written(name: string, contents: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, contents, { mode: 0o600 });
    return path;
  }
}

function pem({ der }: Issued): string {
  const body = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
}

/**
 * What a simulated device consists of, and its answers to the gateway's requests (LwM2M 1.1 core 6.3): Server, Device, a
 * temperature sensor, a pulse counter whose value numbers the reports of the demo, and an audio clip, which is opaque.
 * Formats: text, octets, CBOR, TLV, SenML-JSON, SenML-CBOR, links.
 */
import { decode, encode } from 'cborg';
import { decodeRecords, encodeRecords, isValue, type ResourceValue, type SenmlRecord } from './device-senml.ts';
import { decodeTlv, encodeTlv, fromTlv } from './device-tlv.ts';

export const contentFormats = {
  text: 0,
  link: 40,
  opaque: 42,
  cbor: 60,
  senmlJson: 110,
  senmlCbor: 112,
  tlv: 11_542,
} as const;

export const temperaturePath = '/3303/0/5700';
export const counterPath = '/3200/0/5501';
export const clipPath = '/3339/0/5522';

export interface DeviceRequest {
  readonly method: string;
  readonly path: string;
  readonly hasQuery: boolean;
  readonly accept: number | undefined;
  readonly contentFormat: number | undefined;
  readonly payload: Buffer;
  readonly observe: 0 | 1 | undefined;
  readonly token: Buffer;
}

export interface DeviceResponse {
  readonly code: string;
  readonly contentFormat?: number;
  readonly payload: Buffer;
  /** The request began an observation. */
  readonly observes?: boolean;
}

const empty = Buffer.alloc(0);
const writable: readonly string[] = ['/1/0/1', '/3/0/14', '/3/0/15', clipPath];
const executable: readonly string[] = ['/1/0/8', '/3/0/4'];

export class DeviceObjects {
  /** By path; a resource that is only executable has no value. */
  readonly values: Map<string, ResourceValue>;
  executed = 0;

  constructor(endpoint: string, lifetimeSeconds: number) {
    this.values = new Map<string, ResourceValue>([
      ['/1/0/0', 1],
      ['/1/0/1', lifetimeSeconds],
      ['/1/0/6', false],
      ['/1/0/7', 'U'],
      ['/3/0/0', 'Holdfast'],
      ['/3/0/1', 'simulated device'],
      ['/3/0/2', endpoint],
      ['/3/0/3', '1.0'],
      ['/3/0/14', '+00:00'],
      ['/3/0/15', 'Etc/UTC'],
      ['/3/0/16', 'U'],
      [counterPath, 0],
      ['/3303/0/5601', 18.2],
      ['/3303/0/5602', 24.9],
      [temperaturePath, 21.5],
      ['/3303/0/5701', 'Cel'],
      [clipPath, Buffer.from('00ff10', 'hex')],
    ]);
  }

  /** The object instances, as Register names them. */
  links(): string {
    return '</1/0>,</3/0>,</3200/0>,</3303/0>,</3339/0>';
  }

  answer(request: DeviceRequest): DeviceResponse {
    switch (request.method) {
      case 'GET':
        return request.accept === contentFormats.link ? this.discover(request.path) : this.read(request);
      case 'PUT':
        return request.hasQuery && request.payload.length === 0
          ? this.writeAttributes(request.path)
          : this.write(request);
      case 'POST':
        return executable.includes(request.path) ? this.execute() : this.write(request);
      default:
        return refusal('4.05');
    }
  }

  /** A value in a format; undefined when the format is not one of ours, or cannot carry it. */
  encode(path: string, format: number): Buffer | undefined {
    const single = this.values.get(path);
    switch (format) {
      case contentFormats.text:
        return single === undefined ? undefined : Buffer.from(textOf(single));
      case contentFormats.opaque:
        return Buffer.isBuffer(single) ? single : undefined;
      case contentFormats.cbor:
        return single === undefined ? undefined : Buffer.from(encode(single));
      case contentFormats.tlv:
        return encodeTlv(path, this.below(path), isFloat);
      default:
        return encodeRecords(this.below(path), format);
    }
  }

  private below(path: string): SenmlRecord[] {
    return [...this.values]
      .filter(([name]) => name === path || name.startsWith(`${path}/`))
      .map(([name, value]) => ({ name, value }));
  }

  private read({ path, accept, observe }: DeviceRequest): DeviceResponse {
    if (executable.includes(path)) return refusal('4.05');
    if (this.below(path).length === 0) return refusal('4.04');
    const format = accept ?? this.usualFormat(path);
    const payload = this.encode(path, format);
    if (payload === undefined) return refusal('4.06');
    return { code: '2.05', contentFormat: format, payload, observes: observe === 0 };
  }

  private usualFormat(path: string): number {
    const single = this.values.get(path);
    if (single === undefined) return contentFormats.senmlJson;
    return Buffer.isBuffer(single) ? contentFormats.opaque : contentFormats.text;
  }

  private discover(path: string): DeviceResponse {
    const paths = [...this.values.keys(), ...executable]
      .filter((name) => name === path || name.startsWith(`${path}/`))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    if (paths.length === 0) return refusal('4.04');
    const links = [path, ...paths.filter((name) => name !== path)].map((name) => `<${name}>`).join(',');
    return { code: '2.05', contentFormat: contentFormats.link, payload: Buffer.from(links) };
  }

  private writeAttributes(path: string): DeviceResponse {
    return this.below(path).length === 0 ? refusal('4.04') : changed;
  }

  private write({ path, contentFormat, payload }: DeviceRequest): DeviceResponse {
    const records = this.decode(path, contentFormat ?? contentFormats.text, payload);
    if (records === undefined) return refusal('4.15');
    for (const { name } of records) {
      if (!this.values.has(name)) return refusal('4.04');
      if (!writable.includes(name)) return refusal('4.05');
    }
    for (const { name, value } of records) {
      this.values.set(name, typeof this.values.get(name) === 'number' ? Number(value) : value);
    }
    return changed;
  }

  /** Undefined for what is in none of our formats. */
  private decode(path: string, format: number, payload: Buffer): SenmlRecord[] | undefined {
    const isOpaque = Buffer.isBuffer(this.values.get(path));
    switch (format) {
      case contentFormats.text: {
        const text = payload.toString();
        return [{ name: path, value: isOpaque ? Buffer.from(text, 'base64') : text }];
      }
      case contentFormats.opaque:
        return isOpaque ? [{ name: path, value: payload }] : undefined;
      case contentFormats.cbor:
        return fromCbor(path, payload);
      case contentFormats.tlv:
        return decodeTlv(path, payload)?.map(({ name, bytes }) => ({
          name,
          value: fromTlv(bytes, this.values.get(name)),
        }));
      default:
        return decodeRecords(payload, format);
    }
  }

  private execute(): DeviceResponse {
    this.executed++;
    return changed;
  }
}

const changed: DeviceResponse = { code: '2.04', payload: empty };

function refusal(code: string): DeviceResponse {
  return { code, payload: empty };
}

function fromCbor(name: string, payload: Buffer): SenmlRecord[] | undefined {
  try {
    const decoded: unknown = decode(payload);
    const value = decoded instanceof Uint8Array ? Buffer.from(decoded) : decoded;
    return isValue(value) ? [{ name, value }] : undefined;
  } catch {
    return undefined;
  }
}

/** LwM2M 1.1 core 7.4.2: a boolean is 0 or 1, octets are base64. */
function textOf(value: ResourceValue): string {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}

/** The sensor's numbers are floats, all others integers. */
function isFloat(path: string): boolean {
  return path.startsWith('/3303/');
}

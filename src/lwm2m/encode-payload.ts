/** The door to writing payloads: entries at or below a path become the bytes of a Content-Format, or a `FormatError`. */
import { limits } from '../base/limits.ts';
import { contentFormatName } from './content-format.ts';
import { type FormatError, formatError } from './format-error.ts';
import { encodeCbor } from './formats/cbor.ts';
import { encodeOpaque } from './formats/opaque.ts';
import { encodeSenmlCbor } from './formats/senml-cbor.ts';
import { encodeSenmlJson } from './formats/senml-json.ts';
import { encodeText } from './formats/text.ts';
import { encodeTlv } from './formats/tlv-encode.ts';
import { depthOf, isWithin, type ResourcePath } from './path.ts';
import type { Entry } from './value.ts';

export interface EncodeOptions {
  /** The alternate path of the device, put in front of SenML names (LwM2M 1.2 transport 6.4.1); default `/`. */
  readonly rootPath?: string;
  /** `paths`: names without values, as a composite read sends them. Default `values`. */
  readonly purpose?: 'values' | 'paths';
  /** In TLV only: leave the object instance of a Create out, so that the device chooses its identifier. */
  readonly withoutInstance?: boolean;
}

/** The payload that carries `entries` to the request path `base`. */
export function encodePayload(
  format: number,
  base: ResourcePath,
  entries: readonly Entry[],
  options: EncodeOptions = {},
): Uint8Array | FormatError {
  if (entries.length > limits.formatEntriesMax)
    return formatError('too-many-entries', 'too many values for one payload');
  const outside = entries.find(({ path }) => !isWithin(path, base));
  if (outside !== undefined) return formatError('path-mismatch', `${outside.path} does not lie within ${base}`);
  const paths = options.purpose === 'paths';
  if (!paths && entries.some(({ path }) => depthOf(path) < 3)) return formatError('path', 'only resources have values');
  switch (contentFormatName(format)) {
    case 'text':
      return encodeText(entries);
    case 'opaque':
      return encodeOpaque(entries);
    case 'cbor':
      return encodeCbor(entries);
    case 'tlv':
      return encodeTlv(base, entries, options.withoutInstance);
    case 'senml-json':
    case 'senml-etch-json':
      return encodeSenmlJson(base, entries, options.rootPath ?? '/', paths);
    case 'senml-cbor':
    case 'senml-etch-cbor':
      return encodeSenmlCbor(base, entries, options.rootPath ?? '/', paths);
    default:
      return formatError('unsupported-format', `Content-Format ${format} is not written`);
  }
}

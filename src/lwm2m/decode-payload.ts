/**
 * The door to reading payloads: a Content-Format number and bytes become entries, or a `FormatError`. Nothing here throws,
 * whatever the bytes: they come from the network.
 */
import { limits } from '../base/limits.ts';
import { type ContentFormatName, contentFormatName } from './content-format.ts';
import { type FormatError, formatError, isFormatError } from './format-error.ts';
import { decodeCbor } from './formats/cbor.ts';
import { decodeOpaque } from './formats/opaque.ts';
import type { SenmlContext } from './formats/senml.ts';
import { decodeSenmlCbor } from './formats/senml-cbor.ts';
import { decodeSenmlJson } from './formats/senml-json.ts';
import { decodeText } from './formats/text.ts';
import { decodeTlv } from './formats/tlv-decode.ts';
import type { ObjectModel } from './objects/model.ts';
import type { ResourcePath } from './path.ts';
import type { Entry } from './value.ts';

export interface DecodeOptions {
  /** The alternate path of the device, which may stand in front of SenML names; default `/`. */
  readonly rootPath?: string;
  /** Wall time of arrival in seconds: SenML times are then given as seconds since 1970. Without it they are the sums that the payload gives. */
  readonly receivedAtWallSeconds?: number;
  /** `paths`: the list of a composite request; `etch`: SenML-ETCH, where null deletes. Default `values`. */
  readonly purpose?: 'values' | 'paths' | 'etch';
  /** Refuse what the specifications do not allow but devices send; default false. */
  readonly strict?: boolean;
}

export type Decoded = { readonly entries: readonly Entry[] } | { readonly error: FormatError };

/** The entries of a payload that belongs to the request path `base`. */
export function decodePayload(
  format: number,
  payload: Uint8Array,
  base: ResourcePath,
  model: ObjectModel,
  options: DecodeOptions = {},
): Decoded {
  if (payload.length > limits.bodyBytesMax)
    return { error: formatError('too-long', 'the payload is longer than we read') };
  const entries = decodeAs(contentFormatName(format), payload, base, model, options);
  if (entries === undefined)
    return { error: formatError('unsupported-format', `Content-Format ${format} is not read`) };
  return isFormatError(entries) ? { error: entries } : { entries };
}

function decodeAs(
  name: ContentFormatName | undefined,
  payload: Uint8Array,
  base: ResourcePath,
  model: ObjectModel,
  options: DecodeOptions,
): Entry[] | FormatError | undefined {
  switch (name) {
    case 'text':
      return decodeText(payload, base, model);
    case 'opaque':
      return decodeOpaque(payload, base, model);
    case 'cbor':
      return decodeCbor(payload, base, model);
    case 'tlv':
      return decodeTlv(payload, base, model);
    case 'senml-json':
      return decodeSenmlJson(payload, senmlContext(base, model, options));
    case 'senml-cbor':
      return decodeSenmlCbor(payload, senmlContext(base, model, options));
    case 'senml-etch-json':
      return decodeSenmlJson(payload, { ...senmlContext(base, model, options), purpose: 'etch' });
    case 'senml-etch-cbor':
      return decodeSenmlCbor(payload, { ...senmlContext(base, model, options), purpose: 'etch' });
    default:
      return undefined;
  }
}

function senmlContext(base: ResourcePath, model: ObjectModel, options: DecodeOptions): SenmlContext {
  return {
    base,
    model,
    rootPath: options.rootPath ?? '/',
    receivedAtSeconds: options.receivedAtWallSeconds,
    purpose: options.purpose ?? 'values',
    strict: options.strict ?? false,
  };
}

/** Whole answers: JSON, plain text, errors in the form that the caller reads. */
import { type ErrorDetails, errorCodes } from '../api/error-codes.ts';
import { stringifyJson } from '../api/json.ts';
import { contentTypes } from '../api/version.ts';
import type { ManagementResponse, Respond } from './plan.ts';

export function respond(response: ManagementResponse): Respond {
  return { kind: 'respond', response };
}

export function jsonResponse(body: unknown, status = 200): ManagementResponse {
  return { status, contentType: contentTypes.json, body: `${stringifyJson(body)}\n` };
}

export function textResponse(status: number, body: string): ManagementResponse {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

export function errorResponse(error: ErrorDetails): ManagementResponse {
  return jsonResponse({ error }, errorCodes[error.code].status);
}

/** An error on one of Leshan's paths: plain text for Leshan's clients, which expect 400 where we would say more. */
export function leshanError(error: ErrorDetails, wantsJson: boolean, status?: number): ManagementResponse {
  if (wantsJson) return errorResponse(error);
  return textResponse(status ?? errorCodes[error.code].status, error.message);
}

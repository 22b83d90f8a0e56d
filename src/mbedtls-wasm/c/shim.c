/* The module's own state: the areas through which bytes cross, the clock, entropy, and AES-256-GCM for the binding. */
#include "shim.h"
#include "mbedtls/gcm.h"
#include "mbedtls/platform.h"

byte area_in[AREA_BYTES];
byte area_out[AREA_BYTES];
outcome_t outcome;
connection *current;
int cookie_time;

int shim_random(void *context, byte *out, size_t n) {
  (void) context;
  host_random(out, n);
  return 0;
}

mbedtls_ms_time_t mbedtls_ms_time(void) { return (mbedtls_ms_time_t) host_monotonic_ms(); }

/* Cookies age by the monotonic clock: a step of the wall clock must not void the cookies of handshakes under way. */
static mbedtls_time_t shim_time(mbedtls_time_t *out) {
  mbedtls_time_t seconds = (mbedtls_time_t) ((cookie_time ? host_monotonic_ms() : host_wall_ms()) / 1000.0);
  if (out) *out = seconds;
  return seconds;
}

EXPORT(initialise) void shim_initialise(void) { mbedtls_platform_set_time(shim_time); }
EXPORT(areaIn) byte *shim_area_in(void) { return area_in; }
EXPORT(areaOut) byte *shim_area_out(void) { return area_out; }
EXPORT(outcome) outcome_t *shim_outcome(void) { return &outcome; }
EXPORT(allocate) void *shim_allocate(size_t n) { return malloc(n); }
EXPORT(release) void shim_release(byte *p, size_t n) {
  mbedtls_platform_zeroize(p, n);
  free(p);
}

/* At p: key 32, nonce 12, additional, text. Works in place; sealing appends the 16-byte tag, opening expects it there. */
EXPORT(aead) int shim_aead(int seal, byte *p, size_t additional_length, size_t text_length) {
  const byte *nonce = p + 32, *additional = p + 44;
  byte *text = p + 44 + additional_length, *tag = text + text_length;
  mbedtls_gcm_context gcm;
  mbedtls_gcm_init(&gcm);
  int r = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, p, 256);
  if (r == 0 && seal)
    r = mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, text_length, nonce, 12, additional, additional_length, text,
                                  text, 16, tag);
  else if (r == 0)
    r = mbedtls_gcm_auth_decrypt(&gcm, text_length, nonce, 12, additional, additional_length, tag, 16, text, text);
  mbedtls_gcm_free(&gcm);
  return r;
}

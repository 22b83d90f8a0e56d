/* An endpoint: the configuration that its connections share, and the stateless check of a ClientHello. */
#include "shim.h"

static int psk_of(void *p, mbedtls_ssl_context *ssl, const byte *identity, size_t n) {
  connection *k = (connection *) ssl->p_bio;
  byte key[MBEDTLS_PSK_MAX_LEN];
  (void) p;
  if (n > IDENTITY_BYTES_MAX) return MBEDTLS_ERR_SSL_UNKNOWN_IDENTITY;
  int r = connection_set_identity(k, IDENTITY_PSK, identity, n);
  if (r != 0) return r;
  int length = host_psk(identity, n, key, sizeof key);
  if (length <= 0) return MBEDTLS_ERR_SSL_UNKNOWN_IDENTITY;
  r = mbedtls_ssl_set_hs_psk(ssl, key, (size_t) length);
  mbedtls_platform_zeroize(key, sizeof key);
  return r;
}

/* Key exchange, and with it the keys of peers' certificates, on P-256 alone. */
static const uint16_t groups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_NONE};

static int check_cookie(void *cookie, const byte *p, size_t n, const byte *id, size_t id_length) {
  cookie_time = 1;
  int r = mbedtls_ssl_cookie_check(cookie, p, n, id, id_length);
  cookie_time = 0;
  return r;
}

static int write_cookie(void *cookie, byte **p, byte *end, const byte *id, size_t id_length) {
  cookie_time = 1;
  int r = mbedtls_ssl_cookie_write(cookie, p, end, id, id_length);
  cookie_time = 0;
  return r;
}

/*
 * A connection checks the cookie of its ClientHello once more, but cannot write one: mbedTLS then neither answers nor resets
 * an established connection for a ClientHello of a stranger (it needs both to do so).
 */
static int configure(endpoint *ep, int client, uint32_t timeout_min_ms, uint32_t timeout_max_ms) {
  int role = client ? MBEDTLS_SSL_IS_CLIENT : MBEDTLS_SSL_IS_SERVER;
  int r = mbedtls_ssl_config_defaults(&ep->conf, role, MBEDTLS_SSL_TRANSPORT_DATAGRAM, MBEDTLS_SSL_PRESET_DEFAULT);
  if (r != 0) return r;
  mbedtls_ssl_conf_rng(&ep->conf, shim_random, NULL);
  mbedtls_ssl_conf_handshake_timeout(&ep->conf, timeout_min_ms, timeout_max_ms);
  mbedtls_ssl_conf_ciphersuites(&ep->conf, ep->suites);
  mbedtls_ssl_conf_groups(&ep->conf, groups);
  if (client) {
    mbedtls_ssl_conf_session_tickets(&ep->conf, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
    return 0;
  }
  mbedtls_ssl_conf_psk_cb(&ep->conf, psk_of, ep);
  mbedtls_ssl_conf_dtls_cookies(&ep->conf, NULL, check_cookie, &ep->cookie);
  r = mbedtls_ssl_cookie_setup(&ep->cookie, shim_random, NULL);
  ep->hello_conf = ep->conf;
  mbedtls_ssl_conf_dtls_cookies(&ep->hello_conf, write_cookie, check_cookie, &ep->cookie);
  return r;
}

EXPORT(endpointFree) void endpoint_free(endpoint *ep) {
  mbedtls_ssl_cookie_free(&ep->cookie);
  mbedtls_ssl_config_free(&ep->conf);
  certificates_free(ep);
  mbedtls_platform_zeroize(ep, sizeof *ep);
  free(ep);
}

EXPORT(endpointNew) endpoint *endpoint_new(int client, int cid_length, int mtu, uint32_t min_ms, uint32_t max_ms) {
  endpoint *ep = calloc(1, sizeof *ep);
  if (!ep) return NULL;
  mbedtls_ssl_config_init(&ep->conf);
  mbedtls_ssl_cookie_init(&ep->cookie);
  certificates_initialise(ep);
  ep->mtu = (uint16_t) mtu;
  if (configure(ep, client, min_ms, max_ms) != 0 ||
      mbedtls_ssl_conf_cid(&ep->conf, (size_t) cid_length, MBEDTLS_SSL_UNEXPECTED_CID_IGNORE) != 0) {
    endpoint_free(ep);
    return NULL;
  }
  return ep;
}

EXPORT(endpointSuite) int endpoint_suite(endpoint *ep, int number) {
  int i = 0;
  while (ep->suites[i]) i++;
  if (i >= SUITES_MAX || mbedtls_ssl_ciphersuite_from_id(number) == NULL) return -1;
  ep->suites[i] = number;
  return 0;
}

/* The client's key and identity, key first, in the area. */
EXPORT(endpointPsk) int endpoint_psk(endpoint *ep, size_t key_length, size_t identity_length) {
  return mbedtls_ssl_conf_psk(&ep->conf, area_in, key_length, area_in + key_length, identity_length);
}

EXPORT(endpointSessions) void endpoint_sessions(endpoint *ep) {
  mbedtls_ssl_conf_session_cache(&ep->conf, ep, session_from_cache, session_to_cache);
}

EXPORT(endpointTickets) void endpoint_tickets(endpoint *ep, uint32_t lifetime_seconds) {
  ep->ticket_lifetime_seconds = lifetime_seconds;
  if (ep->conf.endpoint == MBEDTLS_SSL_IS_CLIENT)
    mbedtls_ssl_conf_session_tickets(&ep->conf, MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
  else
    mbedtls_ssl_conf_session_tickets_cb(&ep->conf, session_to_ticket, session_from_ticket, ep);
}

/*
 * mbedTLS's cookie check looks at little more than the cookie. What its ClientHello parser would refuse later, at the price
 * of a connection, is refused here: anything but one whole, unfragmented ClientHello as the first record.
 */
static int is_whole_client_hello(const byte *in, size_t n) {
  if (n < 61 || in[0] != MBEDTLS_SSL_MSG_HANDSHAKE || in[1] != 0xfe) return 0;
  size_t record = MBEDTLS_GET_UINT16_BE(in, 11), message = MBEDTLS_GET_UINT24_BE(in, 14);
  return MBEDTLS_GET_UINT16_BE(in, 3) == 0 && record + 13 <= n && record <= MBEDTLS_SSL_IN_CONTENT_LEN &&
         in[13] == MBEDTLS_SSL_HS_CLIENT_HELLO && MBEDTLS_GET_UINT24_BE(in, 19) == 0 &&
         MBEDTLS_GET_UINT24_BE(in, 22) == message && message + 12 == record && in[59] <= 32;
}

/* The datagram is at area_in, the transport id behind it. >0 = length of the HelloVerifyRequest at area_out, 0 = valid. */
EXPORT(endpointCheckClientHello) int endpoint_check_client_hello(endpoint *ep, size_t n, size_t id_length) {
  static mbedtls_ssl_context scratch;
  size_t length = 0;
  if (!is_whole_client_hello(area_in, n)) return MBEDTLS_ERR_SSL_DECODE_ERROR;
  size_t record = 13 + MBEDTLS_GET_UINT16_BE(area_in, 11);
  scratch.conf = &ep->hello_conf;
  int r = message_layer_check_cookie(&scratch, area_in + n, id_length, area_in, record, area_out, AREA_BYTES, &length);
  return r == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED ? (int) length : r;
}

/*
 * One connection: a datagram or a time-out in; records out through `host_datagram`, plaintexts through `host_plaintext`.
 *
 * What mbedTLS 3.6 leaves to its caller and what is done about it here:
 * - Bytes behind a refused record (fewer than a record header) wedge a context for ever. Datagrams never continue each other,
 *   so what is left of one is thrown away before the next, and the error that it causes counts as "nothing received".
 * - A record that fails authentication while Finished is awaited ends the handshake. Anyone can send one: it is ignored here,
 *   and a client tells nobody. A server's alert tells a peer about his wrong key, and is not protected: anyone could send it.
 * - A datagram that comes when a retransmission is overdue is not read: the time-out is served first, then the datagram.
 * - A Finished that comes before the end of the flight before it is kept for later, but not one behind a connection ID: when it
 *   is in the datagram that ends that flight, it is read again.
 * - Anyone can write a record number before keys are in use, and two handshakes at one address share an epoch 0: there only
 *   what took the handshake further counts as received.
 * - Bounds of the send sequence are checked in `send_datagram`, where every record leaves, retransmissions and alerts too.
 */
#include "shim.h"
#include "mbedtls/platform.h"

static byte shared_in[MBEDTLS_SSL_IN_BUFFER_LEN];
static byte shared_out[MBEDTLS_SSL_OUT_BUFFER_LEN];

static uint64_t send_sequence(const connection *k) {
  return MBEDTLS_GET_UINT64_BE(k->ssl.cur_out_ctr, 0) & SEQUENCE_MAX;
}

static unsigned send_epoch(const connection *k) { return MBEDTLS_GET_UINT16_BE(k->ssl.cur_out_ctr, 0); }

static int is_over(const connection *k) { return k->ssl.state == MBEDTLS_SSL_HANDSHAKE_OVER; }
static int awaits_finished(const connection *k) {
  return k->ssl.state == MBEDTLS_SSL_CLIENT_FINISHED || k->ssl.state == MBEDTLS_SSL_SERVER_FINISHED;
}

/* The length of the connection ID that stands in our own records. */
static size_t out_cid_length(const connection *k) {
  const mbedtls_ssl_transform *t = k->ssl.transform_out;
  if (t == NULL && k->ssl.handshake != NULL) t = k->ssl.handshake->alt_transform_out;
  return t == NULL ? 0 : t->out_cid_len;
}

/* Whether every protected record of a datagram keeps the bounds; notes an alert that leaves unprotected. */
static int may_leave(connection *k, const byte *p, size_t n) {
  size_t at = 0;
  while (at + 13 <= n) {
    size_t cid = p[at] == MBEDTLS_SSL_MSG_CID ? out_cid_length(k) : 0;
    if (at + 13 + cid > n) return 0;
    size_t length = MBEDTLS_GET_UINT16_BE(p, at + 11 + cid);
    uint64_t sequence = MBEDTLS_GET_UINT64_BE(p, at + 3) & SEQUENCE_MAX;
    if (MBEDTLS_GET_UINT16_BE(p, at + 3) > 0) {
      if (sequence >= k->send_ceiling || (k->floor_active && sequence < k->send_floor)) return 0;
    } else if (p[at] == MBEDTLS_SSL_MSG_ALERT && length == 2 && at + 15 <= n) {
      k->alert_sent = p[at + 14];
    }
    at += 13 + cid + length;
  }
  return at == n;
}

/*
 * A record that fails while Finished is awaited is answered with an alert, and anyone can send such a record: the alert would
 * end a handshake that is good. Under the new keys only a peer with the right ones could read it, so it never leaves; it is
 * shorter than any other record that leaves then: at most 27 bytes of body against 40, with connection IDs, which pad to 16, at
 * most 40 against 48. In plain text it tells a peer that his key is wrong; his repetition of the flight draws it, not one
 * stray record.
 */
static int is_alert_for_a_stranger(const connection *k, const byte *p, size_t n) {
  size_t cid = p[0] == MBEDTLS_SSL_MSG_CID ? out_cid_length(k) : 0;
  if (!awaits_finished(k)) return 0;
  if (MBEDTLS_GET_UINT16_BE(p, 3) > 0) return n - 13 - cid < (cid > 0 ? 48 : 40);
  return p[0] == MBEDTLS_SSL_MSG_ALERT && !k->finished_failed;
}

/* A refused datagram counts as sent: to the peer it is a lost one, and its sequence numbers are never used again. */
static int send_datagram(void *context, const byte *p, size_t n) {
  connection *k = context;
  if (is_alert_for_a_stranger(k, p, n)) return (int) n;
  if (may_leave(k, p, n)) {
    k->datagram_left = 1;
    host_datagram(p, n);
  } else {
    k->refused_at_ceiling = 1;
  }
  return (int) n;
}

static int take_datagram(void *context, byte *out, size_t n) {
  connection *k = context;
  if (k->in == NULL) return MBEDTLS_ERR_SSL_WANT_READ;
  if (n > k->in_length) n = k->in_length;
  memcpy(out, k->in, n);
  k->in = NULL;
  return (int) n;
}

static void timer_set(void *context, uint32_t intermediate_ms, uint32_t final_ms) {
  connection *k = context;
  k->timer_intermediate_ms = intermediate_ms;
  k->timer_final_ms = final_ms;
  if (final_ms != 0) k->timer_start_ms = host_monotonic_ms();
}

static int timer_get(void *context) {
  connection *k = context;
  if (k->timer_final_ms == 0) return -1;
  double elapsed_ms = host_monotonic_ms() - k->timer_start_ms;
  return elapsed_ms >= k->timer_final_ms ? 2 : elapsed_ms >= k->timer_intermediate_ms ? 1 : 0;
}

connection *connection_create(endpoint *ep) {
  connection *k = calloc(1, sizeof *k);
  if (!k) return NULL;
  k->ep = ep;
  k->send_ceiling = SEQUENCE_MAX + 1;
  mbedtls_ssl_init(&k->ssl);
  if (mbedtls_ssl_setup(&k->ssl, &ep->conf) != 0) {
    connection_free(k);
    return NULL;
  }
  mbedtls_ssl_set_bio(&k->ssl, k, send_datagram, take_datagram, NULL);
  mbedtls_ssl_set_timer_cb(&k->ssl, k, timer_set, timer_get);
  mbedtls_ssl_set_mtu(&k->ssl, ep->mtu);
  /* Whose certificate it has to be is decided with the chain: mbedTLS compares no name (`certificates.c`). */
  mbedtls_ssl_set_hostname(&k->ssl, NULL);
  return k;
}

static void forget_key(connection *k) {
  if (k->key) mbedtls_zeroize_and_free(k->key, (size_t) k->key_length + k->key_identity_length);
  k->key = NULL;
}

EXPORT(connectionFree) void connection_free(connection *k) {
  forget_key(k);
  if (k->shared) k->ssl.in_buf = k->ssl.out_buf = NULL;
  mbedtls_ssl_free(&k->ssl);
  free(k->identity);
  mbedtls_platform_zeroize(k, sizeof *k);
  free(k);
}

static int set_up(connection *k, int cid_length, size_t id_length) {
  const byte *id = area_in + (cid_length > 0 ? cid_length : 0);
  if (cid_length >= 0) {
    int r = mbedtls_ssl_set_cid(&k->ssl, MBEDTLS_SSL_CID_ENABLED, area_in, (size_t) cid_length);
    if (r != 0) return r;
  }
  return id_length == 0 ? 0 : mbedtls_ssl_set_client_transport_id(&k->ssl, id, id_length);
}

/*
 * At area_in: the connection's own ID (a length below 0 = none is offered or accepted), then, for a server, the transport id
 * that its cookie was made for.
 */
EXPORT(connectionNew) connection *connection_new(endpoint *ep, int cid_length, size_t id_length) {
  connection *k = connection_create(ep);
  if (k && set_up(k, cid_length, id_length) != 0) {
    connection_free(k);
    return NULL;
  }
  return k;
}

int connection_set_identity(connection *k, int kind, const byte *identity, size_t n) {
  byte *copy = n > 0 ? malloc(n) : NULL;
  if (n > 0 && !copy) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  if (n > 0) memcpy(copy, identity, n);
  free(k->identity);
  k->identity = copy;
  k->identity_length = (byte) n;
  k->identity_kind = (byte) kind;
  k->identity_of_session = 0;
  return 0;
}

/* A session that was offered and not taken says nothing about the peer of the full handshake that followed. */
static void forget_unproved(connection *k) {
  mbedtls_ssl_session *session = k->ssl.session;
  if (k->resumed || !k->identity_of_session) return;
  k->identity_kind = IDENTITY_NONE;
  if (session == NULL || session->peer_cert_digest == NULL) return;
  mbedtls_free(session->peer_cert_digest);
  session->peer_cert_digest = NULL;
  session->peer_cert_digest_len = 0;
}

/* A client's own key and identity, key first, in the area; its endpoint has none. 0, or why not. */
EXPORT(connectionPsk) int connection_psk(connection *k, size_t key_length, size_t identity_length) {
  if (key_length == 0 || key_length > MBEDTLS_PSK_MAX_LEN || identity_length == 0 || identity_length > IDENTITY_BYTES_MAX)
    return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
  if (k->key || k->ep->conf.psk || k->ep->conf.endpoint != MBEDTLS_SSL_IS_CLIENT) return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
  k->key = malloc(key_length + identity_length);
  if (!k->key) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  memcpy(k->key, area_in, key_length + identity_length);
  k->key_length = (byte) key_length;
  k->key_identity_length = (byte) identity_length;
  return 0;
}

/*
 * mbedTLS knows a client's key as a part of the configuration only. So that one configuration serves clients with different
 * keys, it has that of a connection for the length of a call.
 */
static void lend_key(connection *k, int lend) {
  mbedtls_ssl_config *conf = &k->ep->conf;
  if (!k->key) return;
  conf->psk = lend ? k->key : NULL;
  conf->psk_len = lend ? k->key_length : 0;
  conf->psk_identity = lend ? k->key + k->key_length : NULL;
  conf->psk_identity_len = lend ? k->key_identity_length : 0;
}

static void raise_to_floor(connection *k) {
  if (!is_over(k) || send_epoch(k) == 0) return;
  uint64_t counter = MBEDTLS_GET_UINT64_BE(k->ssl.cur_out_ctr, 0);
  if ((counter & SEQUENCE_MAX) < k->send_floor)
    MBEDTLS_PUT_UINT64_BE((counter & ~SEQUENCE_MAX) | k->send_floor, k->ssl.cur_out_ctr, 0);
  k->floor_active = 1;
}

EXPORT(connectionSetSendBounds) void connection_set_send_bounds(connection *k, double floor, double ceiling) {
  k->send_floor = (uint64_t) floor;
  k->send_ceiling = (uint64_t) ceiling;
  raise_to_floor(k);
}

/* Forgets what is left of a datagram, so that the next one starts clean. */
static void forget_input(connection *k) {
  k->in = NULL;
  k->ssl.in_left = 0;
  k->ssl.next_record_offset = 0;
}

/* Why a datagram's first record was not accepted; a guess from its header, for counters only. */
static int reason_of(const connection *k, const byte *in, size_t n) {
  const mbedtls_ssl_context *s = &k->ssl;
  size_t cid = 0;
  if (n < 13 || in[1] != 0xfe) return MBEDTLS_ERR_SSL_INVALID_RECORD;
  if (in[0] == MBEDTLS_SSL_MSG_CID) cid = s->conf->cid_len;
  if (n < 13 + cid || n < 13 + cid + MBEDTLS_GET_UINT16_BE(in, 11 + cid)) return MBEDTLS_ERR_SSL_INVALID_RECORD;
  if (MBEDTLS_GET_UINT16_BE(in, 3) != s->in_epoch) return MBEDTLS_ERR_SSL_UNEXPECTED_RECORD;
  /* A message, or a fragment of one, that is kept until those before it have come. */
  if (s->handshake && in[0] == MBEDTLS_SSL_MSG_HANDSHAKE && n >= 25 &&
      MBEDTLS_GET_UINT16_BE(in, 17) >= s->handshake->in_msg_seq)
    return 0;
  uint64_t sequence = MBEDTLS_GET_UINT64_BE(in, 3) & SEQUENCE_MAX;
  if (sequence <= s->in_window_top) {
    uint64_t age = s->in_window_top - sequence;
    if (age >= 64 || (s->in_window >> age & 1)) return SHIM_REPLAYED;
  }
  const mbedtls_ssl_transform *t = s->transform_in;
  if (t && (t->in_cid_len != cid || memcmp(t->in_cid, in + 11, cid) != 0)) return MBEDTLS_ERR_SSL_UNEXPECTED_CID;
  return s->in_epoch == 0 ? MBEDTLS_ERR_SSL_UNEXPECTED_RECORD : MBEDTLS_ERR_SSL_INVALID_MAC;
}

/* A client's first flight is never fragmented: servers without state, ours among them, take only a whole ClientHello. */
static uint16_t flight_mtu(const connection *k) {
  int is_greeting = k->ssl.conf->endpoint == MBEDTLS_SSL_IS_CLIENT && k->ssl.state <= MBEDTLS_SSL_SERVER_HELLO;
  return is_greeting ? 0 : k->ep->mtu;
}

static int handshake_steps(connection *k) {
  mbedtls_ssl_context *s = &k->ssl;
  while (!is_over(k)) {
    s->mtu = flight_mtu(k);
    if (s->handshake != NULL) k->resumed = s->handshake->resume;
    int r = mbedtls_ssl_handshake_step(s);
    if (r != 0) return r;
  }
  return 0;
}

/* Too few bytes for a record header are left of the datagram: mbedTLS's "should never happen". */
static int is_stuck(const mbedtls_ssl_context *s, int r) {
  return r == MBEDTLS_ERR_SSL_INTERNAL_ERROR && s->in_left > 0 && s->in_left < mbedtls_ssl_in_hdr_len(s);
}

/* Has the records behind a connection ID read again, when their epoch has begun only in this datagram. */
static int read_again(connection *k, unsigned epoch) {
  mbedtls_ssl_context *s = &k->ssl;
  size_t at = 0;
  if (s->in_epoch == epoch) return 0;
  while (at + 13 <= k->in_length && area_in[at] != MBEDTLS_SSL_MSG_CID)
    at += 13 + MBEDTLS_GET_UINT16_BE(area_in, at + 11);
  if (at + 13 > k->in_length || MBEDTLS_GET_UINT16_BE(area_in, at + 3) != s->in_epoch) return 0;
  forget_input(k);
  k->in = area_in + at;
  k->in_length -= at;
  return 1;
}

/* Goes on with the handshake; true when it is over. */
static int handshake(connection *k) {
  mbedtls_ssl_context *s = &k->ssl;
  unsigned epoch = s->in_epoch;
  int r;
  do {
    r = handshake_steps(k);
  } while (r == MBEDTLS_ERR_SSL_WANT_READ && k->in != NULL);
  if (r == MBEDTLS_ERR_SSL_WANT_READ && read_again(k, epoch)) r = handshake_steps(k);
  if (r == 0) {
    outcome.established = 1;
    forget_unproved(k);
    raise_to_floor(k);
    return 1;
  }
  if (r == MBEDTLS_ERR_SSL_WANT_READ) return 0;
  if (is_stuck(s, r)) {
    outcome.dropped = MBEDTLS_ERR_SSL_INVALID_RECORD;
  } else if (r == MBEDTLS_ERR_SSL_INVALID_MAC && awaits_finished(k)) {
    outcome.dropped = SHIM_WRONG_KEY;
    k->finished_failed = 1;
  } else {
    outcome.ended = r;
    outcome.alert = r == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE ? s->in_msg[1] : k->alert_sent;
  }
  forget_input(k);
  return 0;
}

/* Drains the datagram in hand. Only what the peer authenticated ends an established connection. */
static void read_records(connection *k) {
  mbedtls_ssl_context *s = &k->ssl;
  for (;;) {
    int r = mbedtls_ssl_read(s, area_out, AREA_BYTES);
    if (r > 0) host_plaintext(area_out, (size_t) r);
    if (r >= 0) continue;
    if (r == MBEDTLS_ERR_SSL_WANT_READ && (k->in != NULL || s->in_left > s->next_record_offset)) continue;
    if (r == MBEDTLS_ERR_SSL_WANT_READ) return;
    if (r == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE || r == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
      outcome.ended = r;
      if (r == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) outcome.alert = s->in_msg[1];
    } else {
      outcome.dropped = is_stuck(s, r) ? MBEDTLS_ERR_SSL_INVALID_RECORD : r;
    }
    return;
  }
}

static void begin(connection *k, size_t n) {
  memset(&outcome, 0, sizeof outcome);
  outcome.alert = -1;
  current = k;
  k->refused_at_ceiling = k->datagram_left = 0;
  forget_input(k);
  if (n > 0) k->in = area_in;
  k->in_length = n;
  lend_key(k, 1);
}

static void end(connection *k) {
  lend_key(k, 0);
  if (is_over(k)) forget_key(k);
  forget_input(k);
  if (is_over(k)) k->ssl.in_offt = NULL, k->ssl.in_hslen = k->ssl.in_msglen = 0;
  outcome.refused_at_ceiling = k->refused_at_ceiling;
  current = NULL;
}

/* Takes the datagram at area_in; n = 0: starts the handshake, or serves a time-out. */
EXPORT(connectionReceive) void connection_receive(connection *k, size_t n) {
  mbedtls_ssl_context *s = &k->ssl;
  unsigned epoch = s->in_epoch;
  uint64_t top = s->in_window_top, window = s->in_window;
  int state = s->state;
  unsigned message = s->handshake ? s->handshake->in_msg_seq : 0;
  begin(k, n);
  int reason = n > 0 ? reason_of(k, area_in, n) : 0;
  if ((is_over(k) || handshake(k)) && n > 0) read_records(k);
  if (epoch != s->in_epoch) top = window = 0;
  outcome.authenticated = s->in_epoch > 0 && (s->in_window_top != top || s->in_window != window);
  int moved = outcome.authenticated || s->state != state || k->datagram_left || outcome.ended ||
              (s->handshake && s->handshake->in_msg_seq != message);
  if (!moved && s->in_epoch == 0) s->in_window_top = top, s->in_window = window;
  if (!moved && outcome.dropped == 0) outcome.dropped = reason;
  end(k);
}

/* Seals area_in as one application record: 0, or why not. The path's MTU bounds handshake flights, not application records. */
EXPORT(connectionSeal) int connection_seal(connection *k, size_t n) {
  mbedtls_ssl_context *s = &k->ssl;
  if (!is_over(k)) return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
  if (send_sequence(k) >= k->send_ceiling) return SHIM_SEND_CEILING;
  begin(k, 0);
  uint16_t handshake_mtu = s->handshake ? s->handshake->mtu : 0;
  s->mtu = 0;
  if (s->handshake) s->handshake->mtu = 0;
  int r = mbedtls_ssl_write(s, area_in, n);
  s->mtu = k->ep->mtu;
  if (s->handshake) s->handshake->mtu = handshake_mtu;
  end(k);
  if (r < 0) return r;
  return k->refused_at_ceiling ? SHIM_SEND_CEILING : 0;
}

EXPORT(connectionClose) int connection_close(connection *k) {
  begin(k, 0);
  int r = is_over(k) ? mbedtls_ssl_close_notify(&k->ssl) : 0;
  end(k);
  return r;
}

/* Puts a quiet connection onto the module's record buffers: 1, or 0 when it is not quiet. */
EXPORT(connectionShare) int connection_share(connection *k) {
  mbedtls_ssl_context *s = &k->ssl;
  if (k->shared) return 1;
  if (!is_over(k) || s->handshake != NULL || s->out_left != 0) return 0;
  mbedtls_zeroize_and_free(s->in_buf, MBEDTLS_SSL_IN_BUFFER_LEN);
  mbedtls_zeroize_and_free(s->out_buf, MBEDTLS_SSL_OUT_BUFFER_LEN);
  s->in_buf = shared_in;
  s->out_buf = shared_out;
  mbedtls_ssl_reset_in_pointers(s);
  mbedtls_ssl_reset_out_pointers(s);
  mbedtls_ssl_update_out_pointers(s, s->transform_out);
  k->shared = 1;
  return 1;
}

EXPORT(connectionSendSequence) double connection_send_sequence(connection *k) { return (double) send_sequence(k); }
EXPORT(connectionSendEpoch) int connection_send_epoch(connection *k) { return (int) send_epoch(k); }
EXPORT(connectionEstablished) int connection_established(connection *k) { return is_over(k); }
EXPORT(connectionFinalFlightPending) int connection_final_flight_pending(connection *k) {
  return is_over(k) && k->ssl.handshake != NULL;
}
EXPORT(connectionResumed) int connection_resumed(connection *k) { return k->resumed; }
EXPORT(connectionSuite) int connection_suite(connection *k) {
  return k->ssl.session ? mbedtls_ssl_get_ciphersuite_id_from_ssl(&k->ssl) : 0;
}
EXPORT(connectionTimeoutAt) double connection_timeout_at(connection *k) {
  return k->timer_final_ms == 0 ? -1 : k->timer_start_ms + k->timer_final_ms;
}
EXPORT(connectionPlaintextMax) int connection_plaintext_max(connection *k) {
  uint16_t mtu = k->ssl.mtu, handshake_mtu = k->ssl.handshake ? k->ssl.handshake->mtu : 0;
  k->ssl.mtu = 0;
  if (k->ssl.handshake) k->ssl.handshake->mtu = 0;
  int r = is_over(k) ? mbedtls_ssl_get_max_out_record_payload(&k->ssl) : 0;
  k->ssl.mtu = mtu;
  if (k->ssl.handshake) k->ssl.handshake->mtu = handshake_mtu;
  return r < 0 ? 0 : r;
}

/*
 * At area_out, or -1: the PSK identity; the SHA-256 of the peer's certificate and the identity that it gave him; our
 * connection ID (own = 1) or the peer's, when they were agreed on.
 */
EXPORT(connectionIdentity) int connection_identity(connection *k) {
  if (k->identity_kind != IDENTITY_PSK) return -1;
  if (k->identity_length > 0) memcpy(area_out, k->identity, k->identity_length);
  return k->identity_length;
}
EXPORT(connectionPeerCertificate) int connection_peer_certificate(connection *k) {
  const mbedtls_ssl_session *session = k->ssl.session;
  if (k->identity_kind != IDENTITY_CERTIFICATE || !is_over(k) || !session || !session->peer_cert_digest) return -1;
  memcpy(area_out, session->peer_cert_digest, PEER_DIGEST_BYTES);
  memcpy(area_out + PEER_DIGEST_BYTES, k->identity, k->identity_length);
  return PEER_DIGEST_BYTES + k->identity_length;
}
EXPORT(connectionId) int connection_id(connection *k, int own) {
  const mbedtls_ssl_transform *t = k->ssl.transform_out;
  if (!is_over(k) || t == NULL || (t->in_cid_len == 0 && t->out_cid_len == 0)) return -1;
  byte length = own ? t->in_cid_len : t->out_cid_len;
  memcpy(area_out, own ? t->in_cid : t->out_cid, length);
  return length;
}

/* The receive window at the area: top and mask, 64 bits each, big-endian. */
EXPORT(connectionWindow) void connection_window(connection *k) {
  MBEDTLS_PUT_UINT64_BE(k->ssl.in_window_top, area_out, 0);
  MBEDTLS_PUT_UINT64_BE(k->ssl.in_window, area_out, 8);
}
/* What was received by either window counts as received: a window is never weakened. */
EXPORT(connectionAddWindow) void connection_add_window(connection *k) {
  uint64_t top = MBEDTLS_GET_UINT64_BE(area_in, 0) & SEQUENCE_MAX, mask = MBEDTLS_GET_UINT64_BE(area_in, 8);
  uint64_t own_top = k->ssl.in_window_top, newest = top > own_top ? top : own_top;
  uint64_t shift = newest - top, own_shift = newest - own_top;
  k->ssl.in_window = (shift < 64 ? mask << shift : 0) | (own_shift < 64 ? k->ssl.in_window << own_shift : 0);
  k->ssl.in_window_top = newest;
}

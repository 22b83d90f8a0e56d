/*
 * Records, in one total order, what a process does to the files below one directory and which datagrams it sends and receives.
 * Loaded with LD_PRELOAD; `recording-log.ts` reads what it writes.
 *
 *   HOLDFAST_RECORD_ROOT     the directory, absolute, without a slash at its end
 *   HOLDFAST_RECORD_LOG      where the records go: appended, one write(2) each
 *   HOLDFAST_RECORD_PROCESS  a number from 0 to 255 that is put into each record: which life of the program it is
 *   HOLDFAST_RECORD_CONTROL  optional: a file whose first byte is looked at before each operation:
 *                            k  the process kills itself there, between two operations and not amid one
 *                            f  the disk is full: what would make a file longer is written by half, then fails with ENOSPC
 *                            i  every sync fails with EIO
 *
 * An operation and its record are made under one lock, so that no other comes between. A sync has two records, for its
 * beginning and its end, and no lock in between: what is written meanwhile may be part of it or not.
 *
 * LevelDB writes through stdio, whose calls to write(2) cannot be seen from outside the C library. So its streams are opened
 * as cookies over a descriptor of ours: buffering and behaviour after an error stay those of the C library.
 *
 * LevelDB's own notes (LOG, LOG.old) are left out: nothing of what is kept is in them.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define DESCRIPTORS 65536
#define STREAMS 256
#define STREAM_BUFFER 4096

/* A record: this head, then `length` bytes. All little-endian, as every machine is that this runs on. */
struct head {
  uint8_t kind, process;
  uint16_t flags;
  uint32_t handle, extra, length;
  uint64_t offset;
};

enum { CREATES = 1, TRUNCATES = 2, DATA_ONLY = 4, FAILED = 8 };

static const char *root;
static size_t root_length;
static int log_descriptor = -1;
static uint8_t process_number;
static const volatile char *control;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static uint32_t handles[DESCRIPTORS]; /* of each open descriptor below the root; 0: of no concern */
static uint32_t last_handle, last_sync;
static int written_by_half;
static struct { FILE *stream; int descriptor; } streams[STREAMS];

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int real_open(const char *path, int flags, mode_t mode) {
  REAL(open64);
  return real(path, flags, mode);
}

static ssize_t real_write(int fd, const void *bytes, size_t length) {
  REAL(write);
  return real(fd, bytes, length);
}

static ssize_t real_pwrite(int fd, const void *bytes, size_t length, off64_t offset) {
  REAL(pwrite64);
  return real(fd, bytes, length, offset);
}

static int real_close(int fd) {
  REAL(close);
  return real(fd);
}

__attribute__((constructor)) static void begin(void) {
  const char *to = getenv("HOLDFAST_RECORD_LOG"), *number = getenv("HOLDFAST_RECORD_PROCESS");
  const char *path = getenv("HOLDFAST_RECORD_CONTROL");
  root = getenv("HOLDFAST_RECORD_ROOT");
  if (!root || !to) return;
  root_length = strlen(root);
  process_number = number ? (uint8_t)atoi(number) : 0;
  log_descriptor = real_open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (!path) return;
  int fd = real_open(path, O_RDONLY | O_CLOEXEC, 0);
  void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
  if (mapped != MAP_FAILED) control = mapped;
  if (fd >= 0) real_close(fd);
}

static char wanted(void) { return control ? *control : 0; }

static void lock(void) {
  pthread_mutex_lock(&order);
  if (wanted() == 'k') {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
}

static void unlock(void) { pthread_mutex_unlock(&order); }

/* The part of a path below the root; NULL when it is elsewhere, or LevelDB's notes. */
static const char *below(const char *path) {
  if (log_descriptor < 0 || strncmp(path, root, root_length) != 0) return NULL;
  const char *rest = path + root_length, *name = strrchr(path, '/');
  if (*rest != '/' && *rest != 0) return NULL;
  if (name && (!strcmp(name, "/LOG") || !strcmp(name, "/LOG.old"))) return NULL;
  return *rest ? rest + 1 : rest;
}

static uint32_t handle_of(int fd) { return fd >= 0 && fd < DESCRIPTORS ? handles[fd] : 0; }

static void record(struct head head, const struct iovec *parts, int count) {
  size_t length = 0;
  for (int i = 0; i < count; i++) length += parts[i].iov_len;
  char *bytes = malloc(sizeof head + length), *at = bytes + sizeof head;
  if (!bytes) abort();
  head.process = process_number;
  head.length = (uint32_t)length;
  memcpy(bytes, &head, sizeof head);
  for (int i = 0; i < count; i++) {
    memcpy(at, parts[i].iov_base, parts[i].iov_len);
    at += parts[i].iov_len;
  }
  int before = errno;
  if (real_write(log_descriptor, bytes, sizeof head + length) != (ssize_t)(sizeof head + length)) abort();
  errno = before;
  free(bytes);
}

static void record_paths(char kind, const char *from, const char *to) {
  struct iovec parts[] = {{(void *)from, strlen(from)}, {"", 1}, {(void *)to, to ? strlen(to) : 0}};
  record((struct head){.kind = kind}, parts, to ? 3 : 1);
}

/* ---- opening and closing ---- */

static int open_recorded(const char *path, int flags, mode_t mode) {
  const char *rest = below(path);
  if (!rest) return real_open(path, flags, mode);
  lock();
  int fd = real_open(path, flags, mode);
  if (fd >= DESCRIPTORS) abort();
  if (fd >= 0) {
    uint16_t how = (flags & O_CREAT ? CREATES : 0) | (flags & O_TRUNC ? TRUNCATES : 0);
    handles[fd] = ++last_handle;
    struct iovec part = {(void *)rest, strlen(rest)};
    record((struct head){.kind = 'o', .flags = how, .handle = last_handle}, &part, 1);
  }
  unlock();
  return fd;
}

#define MODE_OF(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list list; \
    va_start(list, flags); \
    mode = va_arg(list, int); \
    va_end(list); \
  }

int open(const char *path, int flags, ...) {
  MODE_OF(flags)
  return open_recorded(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  MODE_OF(flags)
  return open_recorded(path, flags, mode);
}

int openat(int directory, const char *path, int flags, ...) {
  MODE_OF(flags)
  if (path[0] == '/') return open_recorded(path, flags, mode);
  REAL(openat64);
  return real(directory, path, flags, mode);
}

int openat64(int directory, const char *path, int flags, ...) {
  MODE_OF(flags)
  return openat(directory, path, flags, mode);
}

int close(int fd) {
  if (!handle_of(fd)) return real_close(fd);
  lock();
  handles[fd] = 0;
  int result = real_close(fd);
  unlock();
  return result;
}

/* libuv closes files so, past the C library's close. */
long syscall(long number, ...) {
  REAL(syscall);
  va_list list;
  va_start(list, number);
  long words[6];
  for (int i = 0; i < 6; i++) words[i] = va_arg(list, long);
  va_end(list);
  if (number == SYS_close && handle_of((int)words[0])) return close((int)words[0]);
  return real(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

static int copied(int from, int to) {
  if (to < 0 || to >= DESCRIPTORS || (!handle_of(from) && !handles[to])) return to;
  lock();
  handles[to] = handle_of(from);
  unlock();
  return to;
}

int dup(int fd) {
  REAL(dup);
  return copied(fd, real(fd));
}

int dup2(int fd, int to) {
  REAL(dup2);
  return copied(fd, real(fd, to));
}

int dup3(int fd, int to, int flags) {
  REAL(dup3);
  return copied(fd, real(fd, to, flags));
}

/* ---- writing ---- */

static int is_zero(const char *bytes, size_t length) {
  return length > 0 && bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0;
}

static void record_write(uint32_t handle, const char *bytes, size_t length, off64_t offset) {
  struct head head = {.kind = 'w', .handle = handle, .offset = (uint64_t)offset};
  struct iovec part = {(void *)bytes, length};
  if (length >= 4096 && is_zero(bytes, length)) {
    head.kind = 'z';
    head.extra = (uint32_t)length;
    record(head, NULL, 0);
  } else record(head, &part, 1);
}

/* How much of a write a full disk takes; negative: none. */
static ssize_t room_for(int fd, size_t length, off64_t offset) {
  struct stat64 now;
  if (wanted() != 'f') {
    written_by_half = 0;
    return (ssize_t)length;
  }
  if (fstat64(fd, &now) == 0 && offset + (off64_t)length <= now.st_size) return (ssize_t)length;
  if (!written_by_half && length > 1) {
    written_by_half = 1;
    return (ssize_t)(length / 2);
  }
  errno = ENOSPC;
  return -1;
}

static off64_t place_of(int fd) {
  struct stat64 now;
  if ((fcntl(fd, F_GETFL) & O_APPEND) && fstat64(fd, &now) == 0) return now.st_size;
  return lseek64(fd, 0, SEEK_CUR);
}

/* A negative offset: where the descriptor stands. */
static ssize_t write_recorded(int fd, const void *bytes, size_t length, off64_t offset) {
  lock();
  off64_t place = offset < 0 ? place_of(fd) : offset;
  ssize_t done = room_for(fd, length, place);
  if (done >= 0) {
    done = offset < 0 ? real_write(fd, bytes, (size_t)done) : real_pwrite(fd, bytes, (size_t)done, offset);
    if (done > 0) record_write(handle_of(fd), bytes, (size_t)done, place);
  }
  unlock();
  return done;
}

static ssize_t gather_recorded(int fd, const struct iovec *parts, int count, off64_t offset) {
  size_t length = 0, at = 0;
  for (int i = 0; i < count; i++) length += parts[i].iov_len;
  char *bytes = malloc(length ? length : 1);
  if (!bytes) abort();
  for (int i = 0; i < count; at += parts[i++].iov_len) memcpy(bytes + at, parts[i].iov_base, parts[i].iov_len);
  ssize_t done = write_recorded(fd, bytes, length, offset);
  free(bytes);
  return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  return handle_of(fd) ? write_recorded(fd, bytes, length, -1) : real_write(fd, bytes, length);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  return handle_of(fd) ? write_recorded(fd, bytes, length, offset) : real_pwrite(fd, bytes, length, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(writev);
  return handle_of(fd) ? gather_recorded(fd, parts, count, -1) : real(fd, parts, count);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
  REAL(pwritev64);
  return handle_of(fd) ? gather_recorded(fd, parts, count, offset) : real(fd, parts, count, offset);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  return pwritev64(fd, parts, count, offset);
}

int ftruncate64(int fd, off64_t length) {
  REAL(ftruncate64);
  if (!handle_of(fd)) return real(fd, length);
  lock();
  int result = real(fd, length);
  if (result == 0) record((struct head){.kind = 't', .handle = handle_of(fd), .offset = (uint64_t)length}, NULL, 0);
  unlock();
  return result;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

/* ---- syncs ---- */

static int sync_recorded(int fd, int (*real)(int), uint16_t flags) {
  lock();
  uint32_t handle = handle_of(fd), number = ++last_sync;
  record((struct head){.kind = 's', .flags = flags, .handle = handle, .extra = number}, NULL, 0);
  unlock();
  int broken = wanted() == 'i', result = broken ? -1 : real(fd), why = broken ? EIO : errno;
  lock();
  record((struct head){.kind = 'e', .flags = result ? FAILED : 0, .handle = handle, .extra = number}, NULL, 0);
  unlock();
  errno = why;
  return result;
}

int fsync(int fd) {
  REAL(fsync);
  return handle_of(fd) ? sync_recorded(fd, real, 0) : real(fd);
}

int fdatasync(int fd) {
  REAL(fdatasync);
  return handle_of(fd) ? sync_recorded(fd, real, DATA_ONLY) : real(fd);
}

/* ---- names ---- */

#define RECORD_NAMES(kind, call, from, to) \
  lock(); \
  int result = call; \
  if (result == 0) record_paths(kind, from, to); \
  unlock(); \
  return result

int rename(const char *from, const char *to) {
  REAL(rename);
  const char *old = below(from), *new = below(to);
  if (!old || !new) return real(from, to);
  RECORD_NAMES('r', real(from, to), old, new);
}

int link(const char *from, const char *to) {
  REAL(link);
  const char *old = below(from), *new = below(to);
  if (!old || !new) return real(from, to);
  RECORD_NAMES('l', real(from, to), old, new);
}

int unlink(const char *path) {
  REAL(unlink);
  const char *rest = below(path);
  if (!rest) return real(path);
  RECORD_NAMES('u', real(path), rest, NULL);
}

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  const char *rest = below(path);
  if (!rest) return real(path, mode);
  RECORD_NAMES('m', real(path, mode), rest, NULL);
}

int rmdir(const char *path) {
  REAL(rmdir);
  const char *rest = below(path);
  if (!rest) return real(path);
  RECORD_NAMES('d', real(path), rest, NULL);
}

/* ---- streams ---- */

static ssize_t stream_write(void *cookie, const char *bytes, size_t length) {
  size_t done = 0;
  while (done < length) { /* As the C library does for a file of its own: on, until an error. */
    ssize_t some = write((int)(intptr_t)cookie, bytes + done, length - done);
    if (some < 0) break;
    done += (size_t)some;
  }
  return (ssize_t)done;
}

static int stream_close(void *cookie) {
  lock();
  for (int i = 0; i < STREAMS; i++)
    if (streams[i].stream && streams[i].descriptor == (int)(intptr_t)cookie) streams[i].stream = NULL;
  unlock();
  return close((int)(intptr_t)cookie);
}

static FILE *stream_over(int fd, const char *mode) {
  cookie_io_functions_t functions = {.write = stream_write, .close = stream_close};
  FILE *stream = fopencookie((void *)(intptr_t)fd, mode, functions);
  if (!stream) abort();
  setvbuf(stream, malloc(STREAM_BUFFER), _IOFBF, STREAM_BUFFER); /* Not freed: a few for each start of the program. */
  lock();
  int i = 0;
  while (i < STREAMS && streams[i].stream) i++;
  if (i == STREAMS) abort();
  streams[i].stream = stream;
  streams[i].descriptor = fd;
  unlock();
  return stream;
}

FILE *fopen64(const char *path, const char *mode) {
  REAL(fopen64);
  if ((mode[0] != 'w' && mode[0] != 'a') || strchr(mode, '+') || !below(path)) return real(path, mode);
  int fd = open_recorded(path, O_WRONLY | O_CREAT | (mode[0] == 'w' ? O_TRUNC : O_APPEND), 0666);
  return fd < 0 ? NULL : stream_over(fd, mode);
}

FILE *fopen(const char *path, const char *mode) { return fopen64(path, mode); }

int fileno(FILE *stream) {
  REAL(fileno);
  int fd = -1;
  pthread_mutex_lock(&order);
  for (int i = 0; i < STREAMS; i++)
    if (streams[i].stream == stream) fd = streams[i].descriptor;
  pthread_mutex_unlock(&order);
  return fd >= 0 ? fd : real(stream);
}

/* ---- datagrams ---- */

static int is_internet(const struct msghdr *message) {
  const struct sockaddr *name = message->msg_name;
  return log_descriptor >= 0 && name && (name->sa_family == AF_INET || name->sa_family == AF_INET6);
}

/* `extra` is the peer's port, `offset` its address as a number (IPv4). */
static void record_datagram(char kind, const struct msghdr *message, size_t length) {
  const struct sockaddr_in *peer = message->msg_name;
  struct head head = {.kind = kind, .extra = ntohs(peer->sin_port), .offset = ntohl(peer->sin_addr.s_addr)};
  struct iovec parts[64];
  int count = 0;
  for (size_t i = 0; i < message->msg_iovlen && count < 64 && length > 0; i++) {
    struct iovec part = message->msg_iov[i];
    if (part.iov_len > length) part.iov_len = length;
    length -= part.iov_len;
    parts[count++] = part;
  }
  record(head, parts, count);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  REAL(sendmsg);
  if (!is_internet(message)) return real(fd, message, flags);
  lock();
  ssize_t sent = real(fd, message, flags);
  if (sent >= 0) record_datagram('S', message, (size_t)sent);
  unlock();
  return sent;
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags) {
  REAL(sendmmsg);
  if (count == 0 || !is_internet(&messages[0].msg_hdr)) return real(fd, messages, count, flags);
  lock();
  int sent = real(fd, messages, count, flags);
  for (int i = 0; i < sent; i++) record_datagram('S', &messages[i].msg_hdr, messages[i].msg_len);
  unlock();
  return sent;
}

/* What a process receives it knows only after the call: the record comes before anything that it does about it. */
ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
  REAL(recvmsg);
  ssize_t got = real(fd, message, flags);
  if (got < 0 || !is_internet(message)) return got;
  lock();
  record_datagram('R', message, (size_t)got);
  unlock();
  return got;
}

int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, struct timespec *timeout) {
  REAL(recvmmsg);
  int got = real(fd, messages, count, flags, timeout);
  if (got <= 0 || !is_internet(&messages[0].msg_hdr)) return got;
  lock();
  for (int i = 0; i < got; i++) record_datagram('R', &messages[i].msg_hdr, messages[i].msg_len);
  unlock();
  return got;
}

// hive-cell: the one native program that Hive brings along, a few kilobytes without any library, so that it runs in an empty image and on
// a bare machine. The drone embeds the built file (cell-<architecture>.elf, see build.sh) and picks an applet by the first argument:
//
//   pause            holds a pod's sandbox: waits for a signal, reaps what is left to it
//   sample-web       the HTTP server of examples/example-deployment.yaml: answers with the name of its pod
//   shim SPEC        starts one container of the process runtime and stays with it: log lines, exit code, dead-man switch
//   enter SPEC PID … runs a command inside such a container
//   true             exits with 0 (used to try what this machine allows)
//
// SPEC is a file of NUL-terminated fields, each a key followed by its values; see read_spec.
typedef unsigned long u64;
typedef long i64;
typedef unsigned int u32;
typedef unsigned char u8;

#if defined(__x86_64__)
enum { SYS_read = 0, SYS_write = 1, SYS_close = 3, SYS_poll = 7, SYS_rt_sigaction = 13, SYS_rt_sigprocmask = 14, SYS_dup3 = 292, SYS_socket = 41, SYS_accept4 = 288,
       SYS_bind = 49, SYS_listen = 50, SYS_setsockopt = 54, SYS_clone = 56, SYS_execve = 59, SYS_exit = 231, SYS_wait4 = 61, SYS_kill = 62, SYS_fsync = 74,
       SYS_fcntl = 72, SYS_chdir = 80, SYS_getpid = 39, SYS_setsid = 112, SYS_setuid = 105, SYS_setgid = 106, SYS_setgroups = 116, SYS_prctl = 157,
       SYS_chroot = 161, SYS_mount = 165, SYS_clock_gettime = 228, SYS_openat = 257, SYS_mkdirat = 258, SYS_renameat = 264, SYS_unshare = 272,
       SYS_pipe2 = 293, SYS_prlimit64 = 302, SYS_setns = 308, SYS_pidfd_open = 434, SYS_ppoll = 271, SYS_shutdown = 48 };
static inline i64 sc(i64 n, i64 a, i64 b, i64 c, i64 d, i64 e, i64 f) {
    i64 r; register i64 r10 __asm__("r10") = d; register i64 r8 __asm__("r8") = e; register i64 r9 __asm__("r9") = f;
    __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return r;
}
__asm__(".globl _start\n_start:\n xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call entry\n");
__asm__("restorer:\n mov $15,%eax\n syscall\n");
extern void restorer(void);
#elif defined(__aarch64__)
enum { SYS_read = 63, SYS_write = 64, SYS_close = 57, SYS_rt_sigaction = 134, SYS_rt_sigprocmask = 135, SYS_dup3 = 24, SYS_socket = 198, SYS_accept4 = 242,
       SYS_bind = 200, SYS_listen = 201, SYS_setsockopt = 208, SYS_clone = 220, SYS_execve = 221, SYS_exit = 94, SYS_wait4 = 260, SYS_kill = 129, SYS_fsync = 82,
       SYS_fcntl = 25, SYS_chdir = 49, SYS_getpid = 172, SYS_setsid = 157, SYS_setuid = 146, SYS_setgid = 144, SYS_setgroups = 159, SYS_prctl = 167,
       SYS_chroot = 51, SYS_mount = 40, SYS_clock_gettime = 113, SYS_openat = 56, SYS_mkdirat = 34, SYS_renameat = 38, SYS_unshare = 97,
       SYS_pipe2 = 59, SYS_prlimit64 = 261, SYS_setns = 268, SYS_pidfd_open = 434, SYS_ppoll = 73, SYS_shutdown = 210 };
static inline i64 sc(i64 n, i64 a, i64 b, i64 c, i64 d, i64 e, i64 f) {
    register i64 x8 __asm__("x8") = n; register i64 x0 __asm__("x0") = a; register i64 x1 __asm__("x1") = b; register i64 x2 __asm__("x2") = c;
    register i64 x3 __asm__("x3") = d; register i64 x4 __asm__("x4") = e; register i64 x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}
__asm__(".globl _start\n_start:\n mov x29,#0\n mov x0,sp\n bl entry\n");
#endif
#define S(n, ...) sc5(n, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define sc5(n, a, b, c, d, e, f, ...) sc(n, (i64)(a), (i64)(b), (i64)(c), (i64)(d), (i64)(e), (i64)(f))

#define AT_FDCWD -100
enum { O_RDONLY = 0, O_WRONLY = 1, O_CREAT = 0100, O_TRUNC = 01000, O_APPEND = 02000, O_NONBLOCK = 04000, O_CLOEXEC = 02000000 };
enum { SIGHUP = 1, SIGINT = 2, SIGKILL = 9, SIGPIPE = 13, SIGTERM = 15, SIGCHLD = 17 };
enum { MS_RDONLY = 1, MS_REMOUNT = 32, MS_BIND = 4096, MS_REC = 16384, MS_SLAVE = 1 << 19 };
enum { CLONE_NEWNS = 0x20000, POLLIN = 1, POLLHUP = 16, EINTR = 4, EAGAIN = 11, WNOHANG = 1 };

struct timespec { i64 sec, nsec; };
struct pollfd { int fd; short events, revents; };
struct ksigaction { void (*handler)(int); u64 flags; void (*restorer)(void); u64 mask; };

// The build names the source it was made from, so that a stale binary is found by a test.
__attribute__((used)) static const char source_mark[] = "hive-cell-source:" SOURCE_HASH;

void *memset(void *p, int v, u64 n) { volatile u8 *b = p; while (n--) *b++ = (u8)v; return p; }
void *memcpy(void *d, const void *s, u64 n) { u8 *a = d; const u8 *b = s; while (n--) *a++ = *b++; return d; }
static u64 len(const char *s) { u64 n = 0; while (s[n]) n++; return n; }
static int same(const char *a, const char *b) { while (*a && *a == *b) a++, b++; return *a == *b; }
static int starts(const char *s, const char *prefix) { while (*prefix) if (*s++ != *prefix++) return 0; return 1; }
static void say(int fd, const char *s) { S(SYS_write, fd, s, len(s)); }
static void leave(int code) { S(SYS_exit, code); for (;;) { } }
static char *copy(char *to, const char *s) { while (*s) *to++ = *s++; *to = 0; return to; }
static char *number(char *to, u64 v, int width) {
    char b[24]; int n = 0;
    do { b[n++] = (char)('0' + v % 10); v /= 10; } while (v);
    while (n < width) b[n++] = '0';
    while (n) *to++ = b[--n];
    *to = 0; return to;
}
static u64 parse(const char *s) { u64 v = 0; while (*s >= '0' && *s <= '9') v = v * 10 + (u64)(*s++ - '0'); return v; }
static i64 fork_plain(void) { return S(SYS_clone, SIGCHLD); }
static i64 wait_ms(struct pollfd *f, int n, i64 ms) {
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
    return S(SYS_ppoll, f, n, ms < 0 ? 0 : &t, 0, 8);
}
static void on_signal(int signal, void (*handler)(int)) {
    struct ksigaction a = { handler, 0x04000000, 0, 0 };
#if defined(__x86_64__)
    a.restorer = restorer;
#else
    a.flags = 0;
#endif
    S(SYS_rt_sigaction, signal, &a, 0, 8);
}
#define IGNORE ((void (*)(int))1)
#define DEFAULT ((void (*)(int))0)

// RFC 3339 with nanoseconds, UTC. Days to civil date by the proleptic Gregorian calendar.
static char *timestamp(char *to) {
    struct timespec t; S(SYS_clock_gettime, 0, &t);
    i64 days = t.sec / 86400, rest = t.sec % 86400;
    i64 z = days + 719468, era = z / 146097, doe = z - era * 146097;
    i64 yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, y = yoe + era * 400;
    i64 doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    i64 d = doy - (153 * mp + 2) / 5 + 1, m = mp < 10 ? mp + 3 : mp - 9;
    to = number(to, (u64)(m <= 2 ? y + 1 : y), 4); *to++ = '-'; to = number(to, (u64)m, 2); *to++ = '-'; to = number(to, (u64)d, 2); *to++ = 'T';
    to = number(to, (u64)(rest / 3600), 2); *to++ = ':'; to = number(to, (u64)(rest / 60 % 60), 2); *to++ = ':'; to = number(to, (u64)(rest % 60), 2);
    *to++ = '.'; to = number(to, (u64)t.nsec, 9); *to++ = 'Z'; *to = 0; return to;
}

// ---- pause -----------------------------------------------------------------------------------------------------------------------------
static void stop_now(int signal) { (void)signal; leave(0); }
static void reap(int signal) { (void)signal; while (S(SYS_wait4, -1, 0, WNOHANG, 0) > 0) { } }
static void pause_forever(void) {
    on_signal(SIGTERM, stop_now); on_signal(SIGINT, stop_now); on_signal(SIGCHLD, reap);
    for (;;) wait_ms(0, 0, -1);
}

// ---- sample-web ------------------------------------------------------------------------------------------------------------------------
static const char *variable(char **env, const char *name) {
    for (; *env; env++) if (starts(*env, name) && (*env)[len(name)] == '=') return *env + len(name) + 1;
    return 0;
}
static u32 address(const char *s) {
    u8 b[4] = { 0, 0, 0, 0 };
    for (int i = 0; s && *s && i < 4; i++) { b[i] = (u8)parse(s); while (*s >= '0' && *s <= '9') s++; if (*s == '.') s++; }
    u32 v; memcpy(&v, b, 4); return v;
}
static void answer(int fd, const char *pod) {
    char in[4096], out[1024], *p = out; u64 have = 0;
    struct pollfd f = { fd, POLLIN, 0 };
    for (;;) {
        if (wait_ms(&f, 1, 10000) <= 0) leave(0);
        i64 n = S(SYS_read, fd, in + have, sizeof in - 1 - have);
        if (n <= 0) leave(0);
        have += (u64)n; in[have] = 0;
        u64 i = 0; while (i + 3 < have && !(in[i] == '\r' && in[i + 1] == '\n' && in[i + 2] == '\r' && in[i + 3] == '\n')) i++;
        if (i + 3 < have || have == sizeof in - 1) break;
    }
    int get = starts(in, "GET "), head = starts(in, "HEAD ");
    const char *body = get || head ? pod : "only GET and HEAD\n";
    p = copy(p, get || head ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n");
    p = copy(p, "Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: ");
    p = number(p, len(body), 0); p = copy(p, "\r\n\r\n");
    if (!head) p = copy(p, body);
    S(SYS_write, fd, out, p - out);
    S(SYS_shutdown, fd, 1);
    wait_ms(&f, 1, 2000);
    leave(0);
}
static void sample_web(char **env) {
    on_signal(SIGTERM, stop_now); on_signal(SIGINT, stop_now); on_signal(SIGCHLD, IGNORE); on_signal(SIGPIPE, IGNORE);
    const char *name = variable(env, "POD_NAME"), *port = variable(env, "PORT"), *ip = variable(env, "POD_IP");
    if (!name) name = variable(env, "HOSTNAME");
    if (!name) name = "unnamed";
    static char pod[300]; u64 n = len(name); if (n > 256) n = 256;
    memcpy(pod, name, n); pod[n] = '\n'; pod[n + 1] = 0;
    u32 number_of_port = port ? (u32)parse(port) : 8080;
    struct { unsigned short family, port; u32 address; u8 zero[8]; } a = { 2, (unsigned short)((number_of_port >> 8 & 255) | (number_of_port & 255) << 8), address(ip), { 0 } };
    int fd = (int)S(SYS_socket, 2, 1 | 02000000, 0), one = 1;
    S(SYS_setsockopt, fd, 1, 2, &one, sizeof one);
    if (S(SYS_bind, fd, &a, sizeof a) < 0 || S(SYS_listen, fd, 128) < 0) { say(2, "sample-web: the port is taken, or not allowed\n"); leave(1); }
    char line[128], *p = copy(line, "sample-web listens on port "); p = number(p, number_of_port, 0); copy(p, "\n"); say(1, line);
    for (;;) {
        i64 client = S(SYS_accept4, fd, 0, 0, 0);
        if (client < 0) continue;
        if (fork_plain() == 0) { on_signal(SIGCHLD, DEFAULT); answer((int)client, pod); }
        S(SYS_close, client);
    }
}

// ---- shim: the specification -----------------------------------------------------------------------------------------------------------
enum { MAX_ITEMS = 1024, MAX_BINDS = 256, MAX_CGROUPS = 16, MAX_LIMITS = 16, SPEC_BYTES = 1 << 20 };
static char spec_text[SPEC_BYTES];
static char *env_items[MAX_ITEMS + 1], *arg_items[MAX_ITEMS + 1];
static struct { char *from, *to; int directory, readonly; } binds[MAX_BINDS];
static struct { int resource; u64 value; } limits[MAX_LIMITS];
static char *cgroups[MAX_CGROUPS];
static int env_count, arg_count, bind_count, limit_count, cgroup_count;
static char *log_path, *exit_path, *state_path, *deadline_path, *work_directory = "/", *overlay, *merged;
static i64 user = -1, group = -1; static u64 log_limit, start_before;

static void fail(int report, const char *what, i64 error) {
    char b[512], *p = copy(b, "error "); 
    u64 n = len(what); if (n > 400) n = 400;
    memcpy(p, what, n); p += n; p = copy(p, ": errno "); p = number(p, (u64)-error, 0); copy(p, "\n");
    say(report, b); leave(125);
}
static void read_spec(const char *path) {
    i64 fd = S(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0); if (fd < 0) fail(1, path, fd);
    u64 size = 0; i64 n;
    while ((n = S(SYS_read, fd, spec_text + size, SPEC_BYTES - 1 - size)) > 0) size += (u64)n;
    S(SYS_close, fd);
    if (size >= SPEC_BYTES - 1) fail(1, "specification too large", -7);
    char *p = spec_text, *end = spec_text + size;
#define NEXT ({ char *v = p; if (p < end) p += len(p) + 1; v; })
    while (p < end) {
        char *k = NEXT;
        if (same(k, "env") && env_count < MAX_ITEMS) env_items[env_count++] = NEXT;
        else if (same(k, "arg") && arg_count < MAX_ITEMS) arg_items[arg_count++] = NEXT;
        else if (same(k, "log")) log_path = NEXT;
        else if (same(k, "logmax")) log_limit = parse(NEXT);
        else if (same(k, "exit")) exit_path = NEXT;
        else if (same(k, "state")) state_path = NEXT;
        else if (same(k, "deadline")) deadline_path = NEXT;
        else if (same(k, "startbefore")) start_before = parse(NEXT);
        else if (same(k, "cwd")) work_directory = NEXT;
        else if (same(k, "overlay")) overlay = NEXT;
        else if (same(k, "merged")) merged = NEXT;
        else if (same(k, "uid")) user = (i64)parse(NEXT);
        else if (same(k, "gid")) group = (i64)parse(NEXT);
        else if (same(k, "cgroup") && cgroup_count < MAX_CGROUPS) cgroups[cgroup_count++] = NEXT;
        else if (same(k, "rlimit") && limit_count < MAX_LIMITS) { limits[limit_count].resource = (int)parse(NEXT); limits[limit_count++].value = parse(NEXT); }
        else if (same(k, "bind") && bind_count < MAX_BINDS) {
            binds[bind_count].from = NEXT; binds[bind_count].to = NEXT; char *flags = NEXT;
            for (; *flags; flags++) { if (*flags == 'd') binds[bind_count].directory = 1; if (*flags == 'r') binds[bind_count].readonly = 1; }
            bind_count++;
        }
        else fail(1, "specification not understood", -22);
    }
}

// ---- shim: the container's root --------------------------------------------------------------------------------------------------------
static void make_place(char *path, int directory) {
    for (char *s = path + 1; *s; s++) if (*s == '/') { *s = 0; S(SYS_mkdirat, AT_FDCWD, path, 0755); *s = '/'; }
    if (directory) S(SYS_mkdirat, AT_FDCWD, path, 0755);
    else { i64 fd = S(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644); if (fd >= 0) S(SYS_close, fd); }
}
static void enter_root(int report) {
    if (!merged) return;
    i64 e = S(SYS_unshare, CLONE_NEWNS); if (e < 0) fail(report, "unshare", e);
    if ((e = S(SYS_mount, 0, "/", 0, MS_REC | MS_SLAVE, 0)) < 0) fail(report, "private mounts", e);
    if ((e = S(SYS_mount, "overlay", merged, "overlay", 0, overlay)) < 0) fail(report, "overlay mount", e);
    static char path[8192];
    for (int i = 0; i < bind_count; i++) {
        if (len(merged) + len(binds[i].to) >= sizeof path - 2) fail(report, "path too long", -36);
        copy(copy(path, merged), binds[i].to);
        make_place(path, binds[i].directory);
        if ((e = S(SYS_mount, binds[i].from, path, 0, MS_BIND | MS_REC, 0)) < 0) fail(report, binds[i].to, e);
        if (binds[i].readonly && (e = S(SYS_mount, 0, path, 0, MS_BIND | MS_REMOUNT | MS_RDONLY, 0)) < 0) fail(report, binds[i].to, e);
    }
    if ((e = S(SYS_chroot, merged)) < 0) fail(report, "chroot", e);
}
static void become_and_run(int report, char **arguments) {
    i64 e;
    if ((e = S(SYS_chdir, work_directory)) < 0) fail(report, work_directory, e);
    for (int i = 0; i < limit_count; i++) {
        u64 v[2] = { limits[i].value, limits[i].value };
        if ((e = S(SYS_prlimit64, 0, limits[i].resource, v, 0)) < 0) fail(report, "rlimit", e);
    }
    if (group >= 0) { S(SYS_setgroups, 0, 0); if ((e = S(SYS_setgid, group)) < 0) fail(report, "setgid", e); }
    if (user >= 0 && (e = S(SYS_setuid, user)) < 0) fail(report, "setuid", e);
    on_signal(SIGPIPE, DEFAULT); on_signal(SIGHUP, DEFAULT); on_signal(SIGTERM, DEFAULT); on_signal(SIGINT, DEFAULT);
    u64 none = 0; S(SYS_rt_sigprocmask, 2, &none, 0, 8);
    const char *name = arguments[0];
    int slash = 0; for (const char *s = name; *s; s++) if (*s == '/') slash = 1;
    e = -2;
    if (slash) e = S(SYS_execve, name, arguments, env_items);
    else {
        const char *path = variable(env_items, "PATH"); if (!path) path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        static char full[4096];
        while (*path) {
            char *p = full; while (*path && *path != ':' && p < full + 2000) *p++ = *path++;
            if (*path == ':') path++;
            *p++ = '/'; u64 n = len(name); if (n > 2000) n = 2000; memcpy(p, name, n); p[n] = 0;
            i64 now = S(SYS_execve, full, arguments, env_items); if (now != -2 && now != -20) e = now;
        }
    }
    if (e == -13) fail(report, name, e);
    fail(report, name, e);
}

// ---- shim: the log ---------------------------------------------------------------------------------------------------------------------
struct stream { int fd; const char *tag; u64 have; char line[16384]; };
static struct stream streams[2];
static int log_fd = -1; static u64 log_size;

static void open_log(void) { log_fd = (int)S(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640); log_size = 0; }
static void write_line(struct stream *s, int whole) {
    static char out[16384 + 128]; char *p = timestamp(out);
    *p++ = ' '; p = copy(p, s->tag); p = copy(p, whole ? " F " : " P ");
    memcpy(p, s->line, s->have); p += s->have; *p++ = '\n'; s->have = 0;
    if (log_limit && log_size > log_limit) {
        char old[4096]; copy(copy(old, log_path), ".1");
        S(SYS_renameat, AT_FDCWD, log_path, AT_FDCWD, old); S(SYS_close, log_fd); open_log();
    }
    S(SYS_write, log_fd, out, p - out); log_size += (u64)(p - out);
}
// Answers 0 when the stream has ended.
static int pump(struct stream *s) {
    char in[8192]; i64 n = S(SYS_read, s->fd, in, sizeof in);
    if (n == -EAGAIN || n == -EINTR) return 1;
    if (n <= 0) { if (s->have) write_line(s, 1); S(SYS_close, s->fd); s->fd = -1; return 0; }
    for (i64 i = 0; i < n; i++) {
        if (in[i] == '\n') write_line(s, 1);
        else { s->line[s->have++] = in[i]; if (s->have == sizeof s->line) write_line(s, 0); }
    }
    return 1;
}
static void put_file(const char *path, const char *text) {
    char temporary[4096]; copy(copy(temporary, path), ".new");
    i64 fd = S(SYS_openat, AT_FDCWD, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0) return;
    say((int)fd, text); S(SYS_fsync, fd); S(SYS_close, fd);
    S(SYS_renameat, AT_FDCWD, temporary, AT_FDCWD, path);
}

// ---- shim: the dead-man switch ---------------------------------------------------------------------------------------------------------
// The file holds nanoseconds of CLOCK_BOOTTIME until which the drone still held its session. A drone that is frozen cannot stop the pod; this can.
static int is_past(u64 limit) {
    struct timespec t; S(SYS_clock_gettime, 7, &t);
    return limit && (u64)t.sec * 1000000000UL + (u64)t.nsec > limit;
}
static int past_deadline(void) {
    char b[32]; i64 fd = S(SYS_openat, AT_FDCWD, deadline_path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return 0;
    i64 n = S(SYS_read, fd, b, sizeof b - 1); S(SYS_close, fd);
    if (n <= 0) return 0;
    b[n] = 0; return is_past(parse(b));
}

static void supervise(int report) {
    int out[2], err[2], started[2]; i64 e;
    S(SYS_setsid); S(SYS_prctl, 36, 1);
    on_signal(SIGHUP, IGNORE); on_signal(SIGINT, IGNORE); on_signal(SIGTERM, IGNORE); on_signal(SIGPIPE, IGNORE);
    for (int i = 0; i < cgroup_count; i++) {
        i64 fd = S(SYS_openat, AT_FDCWD, cgroups[i], O_WRONLY | O_CLOEXEC, 0);
        if (fd >= 0) { say((int)fd, "0"); S(SYS_close, fd); }
    }
    if ((e = S(SYS_pipe2, out, O_CLOEXEC)) < 0 || (e = S(SYS_pipe2, err, O_CLOEXEC)) < 0 || (e = S(SYS_pipe2, started, O_CLOEXEC)) < 0) fail(report, "pipe", e);
    open_log(); if (log_fd < 0) fail(report, log_path, log_fd);
    i64 child = fork_plain(); if (child < 0) fail(report, "fork", child);
    if (child == 0) {
        S(SYS_setsid); S(SYS_prctl, 1, SIGKILL);
        int null = (int)S(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY, 0);
        S(SYS_dup3, null, 0, 0); S(SYS_dup3, out[1], 1, 0); S(SYS_dup3, err[1], 2, 0);
        enter_root(started[1]);
        // The order to start was good for as long as the session that it was given under; that the drone holds another one by now makes it no better.
        if (is_past(start_before)) fail(started[1], "too late to start", -62);
        become_and_run(started[1], arg_items);
    }
    S(SYS_close, out[1]); S(SYS_close, err[1]); S(SYS_close, started[1]);
    char text[512]; i64 n = S(SYS_read, started[0], text, sizeof text - 1);
    // It was held up between its look at the clock and its first step: it has not lived longer than this took to notice.
    if (n <= 0 && is_past(start_before)) { S(SYS_kill, -child, SIGKILL); n = copy(text, "error too late to start: errno 62\n") - text; }
    if (n > 0) { text[n] = 0; S(SYS_wait4, child, 0, 0, 0); say(report, text); leave(125); }
    char *p = number(text, (u64)S(SYS_getpid), 0); *p++ = ' '; p = number(p, (u64)child, 0); *p++ = ' '; p = timestamp(p); copy(p, "\n");
    put_file(state_path, text); say(report, text); S(SYS_close, report);
    S(SYS_close, 0); S(SYS_close, 1); S(SYS_close, 2);
    streams[0].fd = out[0]; streams[0].tag = "stdout"; streams[1].fd = err[0]; streams[1].tag = "stderr";
    for (int i = 0; i < 2; i++) S(SYS_fcntl, streams[i].fd, 4, O_NONBLOCK);
    int pidfd = (int)S(SYS_pidfd_open, child, 0), status = 0, fenced = 0;
    i64 pause = deadline_path ? 250 : pidfd < 0 ? 200 : -1;
    for (;;) {
        struct pollfd f[3] = { { streams[0].fd, POLLIN, 0 }, { streams[1].fd, POLLIN, 0 }, { pidfd, POLLIN, 0 } };
        wait_ms(f, 3, pause);
        for (int i = 0; i < 2; i++) if (f[i].revents && streams[i].fd >= 0) pump(&streams[i]);
        if (!fenced && deadline_path && past_deadline()) { fenced = 1; S(SYS_kill, -child, SIGKILL); }
        if (S(SYS_wait4, child, &status, WNOHANG, 0) == child) break;
        while (S(SYS_wait4, -1, 0, WNOHANG, 0) > 0) { }
    }
    S(SYS_kill, -child, SIGKILL);
    for (int i = 0; i < 2; i++) {
        struct pollfd f = { streams[i].fd, POLLIN, 0 };
        while (streams[i].fd >= 0 && wait_ms(&f, 1, 0) > 0 && pump(&streams[i])) { }
        if (streams[i].fd >= 0 && streams[i].have) write_line(&streams[i], 1);
    }
    int signal = status & 127, code = signal ? 128 + signal : status >> 8 & 255;
    p = number(text, (u64)code, 0); *p++ = ' '; p = number(p, (u64)signal, 0); *p++ = ' '; p = timestamp(p); copy(p, fenced ? " fenced\n" : "\n");
    S(SYS_fsync, log_fd);
    put_file(exit_path, text);
    leave(0);
}
static void shim(const char *path) {
    read_spec(path);
    int report[2]; S(SYS_pipe2, report, O_CLOEXEC);
    i64 child = fork_plain(); if (child < 0) fail(1, "fork", child);
    if (child == 0) { S(SYS_close, report[0]); supervise(report[1]); }
    S(SYS_close, report[1]);
    char text[512]; i64 n = S(SYS_read, report[0], text, sizeof text - 1);
    if (n <= 0) { say(1, "error the supervisor ended without a word\n"); leave(125); }
    text[n] = 0; say(1, text);
    leave(starts(text, "error ") ? 125 : 0);
}

// ---- enter -----------------------------------------------------------------------------------------------------------------------------
static void enter(const char *path, const char *pid, char **arguments) {
    read_spec(path);
    if (merged) {
        static char name[64]; copy(copy(copy(name, "/proc/"), pid), "/ns/mnt");
        i64 space = S(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC, 0); if (space < 0) fail(2, name, space);
        static char root[64]; copy(copy(copy(root, "/proc/"), pid), "/root");
        i64 place = S(SYS_openat, AT_FDCWD, root, O_RDONLY | O_CLOEXEC, 0); if (place < 0) fail(2, root, place);
        i64 e = S(SYS_setns, space, CLONE_NEWNS); if (e < 0) fail(2, "setns", e);
        static char by_number[64]; number(copy(by_number, "/proc/self/fd/"), (u64)place, 0);
        if ((e = S(SYS_chroot, by_number)) < 0) fail(2, "chroot", e);
    }
    become_and_run(2, arguments);
}

__attribute__((used, noreturn)) void entry(i64 *stack) {
    i64 argc = stack[0]; char **argv = (char **)(stack + 1), **env = argv + argc + 1;
    const char *applet = argc > 1 ? argv[1] : "pause";
    if (same(applet, "pause")) pause_forever();
    if (same(applet, "sample-web")) sample_web(env);
    if (same(applet, "true")) leave(0);
    if (same(applet, "shim") && argc == 3) shim(argv[2]);
    if (same(applet, "enter") && argc > 4) enter(argv[2], argv[3], argv + 4);
    say(2, "hive-cell: pause | sample-web | shim SPEC | enter SPEC PID COMMAND... | true\n");
    leave(2); for (;;) { }
}

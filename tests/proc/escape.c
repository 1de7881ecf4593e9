/*
 * escape - a plugin that tries what an intruder in a worker would try.
 *
 * For tests/proc/escape.t alone.  check_escape(ACT, WHAT) hits when the system
 * let it; the rule's name tells which.  Each act uses the plain system call.
 */
#include <plugin.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int
let_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 ? close(fd) == 0 : 0;
}

static int
let_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd >= 0 ? close(fd) == 0 : 0;
}

static int
let_execute(const char *path)
{
	char *const argv[] = { (char *)path, NULL };

	execv(path, argv);
	return 0;
}

static int
let_fork(const char *unused)
{
	pid_t child = fork();

	(void)unused;
	if (child == 0)
		_exit(0);
	return child > 0 ? waitpid(child, NULL, 0) == child : 0;
}

static int
let_connect(const char *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), rc;

	if (fd < 0)
		return 0;
	rc = connect(fd, (struct sockaddr *)&sin, sizeof(sin));
	close(fd);
	return rc == 0;
}

static int
let_connect_unix(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), rc;

	if (fd < 0)
		return 0;
	strncpy(sun.sun_path, path, sizeof(sun.sun_path) - 1);
	rc = connect(fd, (struct sockaddr *)&sun, sizeof(sun));
	close(fd);
	return rc == 0;
}

static int
let_socket(const char *unused)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)unused;
	return fd >= 0 ? close(fd) == 0 : 0;
}

static int
let_signal(const char *pid)
{
	return kill((pid_t)atoi(pid), 0) == 0;
}

/* Not an escape: what mail in a rare charset needs. */
static int
let_iconv(const char *charset)
{
	iconv_t cd = iconv_open("UTF-8", charset);

	return cd != (iconv_t)-1 ? iconv_close(cd) == 0 : 0;
}

/* That acts are tried at all. */
static int
let_breathe(const char *unused)
{
	(void)unused;
	return 1;
}

static const struct {
	const char *act;
	int (*try)(const char *what);
} acts[] = {
	{ "read", let_read }, { "write", let_write },
	{ "execute", let_execute }, { "fork", let_fork },
	{ "connect", let_connect }, { "connect-unix", let_connect_unix },
	{ "socket", let_socket }, { "signal", let_signal },
	{ "iconv", let_iconv }, { "breathe", let_breathe },
};

static enum tare_answer
check_escape(struct tare_msg *m, const struct tare_call *c)
{
	struct tare_slice subject;

	/* rules are tried one at a time: some acts end the process */
	if (!tare_header(m, "Subject", &subject))
		return TARE_MISS;
	while (subject.n > 0 && (unsigned char)subject.p[subject.n - 1] <= ' ')
		subject.n--;
	if (subject.n != strlen(c->rule_name) ||
	    memcmp(subject.p, c->rule_name, subject.n) != 0)
		return TARE_MISS;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (strcmp(acts[i].act, c->args[0]) == 0)
			return acts[i].try(c->args[1]) ? TARE_HIT : TARE_MISS;
	}
	return TARE_UNKNOWN;
}

static const struct tare_eval evals[] = {
	{ "check_escape", "2 2", TARE_HEADERS, check_escape, NULL,
	    "Could a worker do that?" },
	{ 0 }
};
static const struct tare_plugin escape = { TARE_ABI,
	sizeof(struct tare_plugin), "escape", "1", "Tries to get out.",
	.evals = evals };
TARE_PLUGIN(escape);

/*
 * servers - real DNS servers on loopback, for tests.
 *
 * rbldnsd serves lists as their operators do; unbound serves the wildcards of
 * the failure catalogue (parked domains, hijacking resolvers), which rbldnsd
 * cannot.  Ports are free ones, files live in a directory of their own.
 * A missing binary is a failure, unless TARE_NO_SERVERS is set.
 */
#ifndef TESTS_ASK_SERVERS_H
#define TESTS_ASK_SERVERS_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct server {
	char dir[64];
	char address[32];		/* for ask_conf.servers */
	unsigned port;
	pid_t pid;
	const char *argv[16];
	char arg[4][160];
};

/* A free one, below those that the kernel gives to clients, which would take it
 * between choice and use; claimed as tests/tap/tap.py does, by a lock on one
 * byte of a common file until we exit. */
static unsigned
server_free_port(void)
{
	static int claims = -1;
	const char *tmp = getenv("TMPDIR");
	char path[256];

	if (claims == -1) {
		snprintf(path, sizeof(path), "%s/tare-test-ports",
		    tmp != NULL ? tmp : "/tmp");
		claims = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		srandom((unsigned)getpid());
	}
	for (int i = 0; i < 1000; i++) {
		unsigned port = 10000 + (unsigned)random() % 22000;
		struct flock one = { .l_type = F_WRLCK, .l_whence = SEEK_SET,
			.l_start = port, .l_len = 1 };
		struct sockaddr_in me = { .sin_family = AF_INET,
			.sin_port = htons((uint16_t)port),
			.sin_addr = { htonl(INADDR_LOOPBACK) } };
		int udp = socket(AF_INET, SOCK_DGRAM, 0);
		int tcp = socket(AF_INET, SOCK_STREAM, 0);
		bool is_free = fcntl(claims, F_SETLK, &one) == 0 &&
		    bind(udp, (struct sockaddr *)&me, sizeof(me)) == 0 &&
		    bind(tcp, (struct sockaddr *)&me, sizeof(me)) == 0;

		close(udp);
		close(tcp);
		if (is_free)
			return port;
	}
	printf("Bail out! no free port among 1000 tried\n");
	exit(1);
}

static void
server_file(struct server *s, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	f = fopen(path, "w");
	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF) {
		printf("Bail out! cannot write %s\n", path);
		exit(1);
	}
}

/* Any datagram back, about localhost, means that it serves. */
static bool
server_answers(const struct server *s)
{
	static const unsigned char question[] = "\0\7\1\0\0\1\0\0\0\0"
	    "\0\0\11localhost\0\0\1\0\1";
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)s->port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct timeval tv = { 0, 100000 };
	unsigned char back[512];
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool got;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	got = connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
	    send(fd, question, sizeof(question) - 1, 0) > 0 &&
	    recv(fd, back, sizeof(back), 0) > 0;
	close(fd);
	return got;
}

static void
server_stop(struct server *s)
{
	int status;

	if (s->pid > 0) {
		kill(s->pid, SIGTERM);
		waitpid(s->pid, &status, 0);
	}
	s->pid = 0;
}

static void
server_end(struct server *s)
{
	static const char *const names[] = { "zone", "unbound.conf" };
	char path[128];

	server_stop(s);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", s->dir, names[i]);
		unlink(path);
	}
	rmdir(s->dir);
}

static void
server_exec(struct server *s)
{
	s->pid = fork();
	if (s->pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		if (chdir(s->dir) == 0)
			execv(s->argv[0], (char *const *)(uintptr_t)s->argv);
		_exit(127);
	}
	/* a minute, for machines that do much else */
	for (int i = 0; i < 1200 && s->pid > 0; i++) {
		if (server_answers(s))
			return;
		nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
		if (waitpid(s->pid, NULL, WNOHANG) > 0)
			s->pid = 0;
	}
	printf("Bail out! %s %s\n", s->argv[0], s->pid > 0 ?
	    "does not answer" : "has ended");
	server_end(s);
	exit(1);
}

static void
server_init(struct server *s)
{
	memset(s, 0, sizeof(*s));
	snprintf(s->dir, sizeof(s->dir), "/tmp/tare-ask-XXXXXX");
	if (mkdtemp(s->dir) == NULL || chmod(s->dir, 0755) == -1) {
		printf("Bail out! no directory in /tmp\n");
		exit(1);
	}
	s->port = server_free_port();
	snprintf(s->address, sizeof(s->address), "127.0.0.1:%u", s->port);
}

/* zone: "bl.example.org:ip4set:zone"; text: the data set. */
static void
server_rbldnsd(struct server *s, const char *zone, const char *text)
{
	server_init(s);
	server_file(s, "zone", text);
	snprintf(s->arg[0], sizeof(s->arg[0]), "127.0.0.1/%u", s->port);
	snprintf(s->arg[1], sizeof(s->arg[1]), "%s", zone);
	s->argv[0] = "/usr/sbin/rbldnsd";
	s->argv[1] = "-n";
	s->argv[2] = "-b";
	s->argv[3] = s->arg[0];
	s->argv[4] = "-w";
	s->argv[5] = s->dir;
	s->argv[6] = s->arg[1];
	server_exec(s);
}

/* lines: local-zone and local-data of the server clause. */
static void
server_unbound(struct server *s, const char *lines)
{
	char conf[2048];

	server_init(s);
	snprintf(conf, sizeof(conf), "server:\n interface: 127.0.0.1@%u\n"
	    " username: \"\"\n chroot: \"\"\n directory: \"%s\"\n"
	    " pidfile: \"\"\n use-syslog: no\n do-daemonize: no\n"
	    " module-config: \"iterator\"\n num-threads: 1\n"
	    " do-not-query-localhost: yes\n%s"
	    "remote-control:\n control-enable: no\n", s->port, s->dir, lines);
	server_file(s, "unbound.conf", conf);
	snprintf(s->arg[0], sizeof(s->arg[0]), "%s/unbound.conf", s->dir);
	s->argv[0] = "/usr/sbin/unbound";
	s->argv[1] = "-d";
	s->argv[2] = "-p";
	s->argv[3] = "-c";
	s->argv[4] = s->arg[0];
	server_exec(s);
}

/* True: run the tests that need them. */
static bool
servers_wanted(void)
{
	static const char *const programs[] = { "/usr/sbin/rbldnsd",
		"/usr/sbin/unbound" };
	bool all = true;

	for (size_t i = 0; i < 2; i++) {
		if (access(programs[i], X_OK) == 0)
			continue;
		all = false;
		if (getenv("TARE_NO_SERVERS") != NULL)
			printf("# skipped: no %s, TARE_NO_SERVERS is set\n",
			    programs[i]);
		else
			ok(false, "%s is needed (TARE_NO_SERVERS skips)",
			    programs[i]);
	}
	return all;
}

#endif

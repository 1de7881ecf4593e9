#!/usr/bin/perl
# The oracle of the parity tests: the installed SpamAssassin.
#
#   spamassassin.pl [--dns HOST:PORT] [--site DIR] [--cf LINE]... [--tag NAME]...
#       STATE <names
#
# Reads names of message files from standard input, one a line, and writes one
# JSON object a line: file, hits and subrules (name: how often it hit), score,
# uris (what `uri` rules see), tags (those of --tag).  Rules are the installed
# ones, with those of --site instead of /etc/spamassassin; preferences of the
# user and learned statistics none: STATE is an empty directory for everything
# SpamAssassin would like to remember.
#
# Rules are compiled once, but every message has a process of its own, as with
# `spamassassin <message`: body and uri rules with %{TAG} templates, and the
# regexes of check_freemail_header, stay compiled for the first message of a
# process (/o), so what a process says of later ones depends on their order.
use strict;
use warnings;

use Getopt::Long;
use JSON::PP;
use Mail::SpamAssassin;
use POSIX ();

my ($dns, @lines, @tags);
my $site = '/etc/spamassassin';
GetOptions('dns=s' => \$dns, 'site=s' => \$site, 'cf=s' => \@lines,
    'tag=s' => \@tags) && @ARGV == 1
    or die "usage: spamassassin.pl [--dns HOST:PORT] [--site DIR] [--cf LINE]... " .
    "[--tag NAME]... STATE\n";
my ($state) = @ARGV;

# No time limit: a busy machine must not change what hits.
push @lines, 'time_limit 0', 'use_bayes 0';
push @lines, 'dns_available yes', 'clear_dns_servers', "dns_server $dns",
    'use_razor2 0', 'use_pyzor 0' if $dns;

my $sa = Mail::SpamAssassin->new({
    rules_filename => '/usr/share/spamassassin',
    site_rules_filename => $site,
    userprefs_filename => "$state/user_prefs",
    userstate_dir => $state,
    home_dir_for_helpers => $state,
    dont_copy_prefs => 1,
    local_tests_only => $dns ? 0 : 1,
    post_config_text => join('', map { "$_\n" } @lines),
});
$sa->compile_now(0, 1);

# The names of a list as they were joined, and how often each stands in it.
sub counts {
	my %n;
	$n{$_}++ for split(/,/, $_[0]);
	return \%n;
}

# Perl strings hold characters or bytes; the comparison is in bytes.
sub bytes {
	my ($s) = @_;
	utf8::encode($s) if utf8::is_utf8($s);
	return $s;
}

my $json = JSON::PP->new->ascii->canonical;

sub check {
	my ($name) = @_;
	open(my $fh, '<:raw', $name) or die "$name: $!\n";
	my @message = <$fh>;
	close($fh);
	my $status = $sa->check($sa->parse(\@message, 0));
	my @uris = sort map { bytes($_) } $status->get_uri_list();
	print $json->encode({
	    file => $name,
	    hits => counts($status->get_names_of_tests_hit()),
	    subrules => counts($status->get_names_of_subtests_hit()),
	    score => $status->get_score() + 0, uris => \@uris,
	    tags => { map { $_ => $status->get_tag($_) } @tags },
	}), "\n";
}

$| = 1;
while (my $name = <STDIN>) {
	chomp $name;
	my $child = fork() // die "fork: $!\n";
	if ($child == 0) {
		check($name);
		POSIX::_exit(0);
	}
	waitpid($child, 0);
	die "$name: the check ended with $?\n" if $?;
}

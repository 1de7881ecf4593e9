#!/usr/bin/perl
# The regexes of the installed SpamAssassin's rules, replace tags filled in:
# one JSON object a line with kind, name, header (header rules) and regex.
#
#   rules.pl STATE
use strict;
use warnings;

use JSON::PP;
use Mail::SpamAssassin;

my ($state) = @ARGV;
my $sa = Mail::SpamAssassin->new({
    rules_filename => '/usr/share/spamassassin',
    site_rules_filename => '/etc/spamassassin',
    userprefs_filename => "$state/user_prefs", userstate_dir => $state,
    home_dir_for_helpers => $state, dont_copy_prefs => 1,
    local_tests_only => 1,
});
$sa->init(1);

my $json = JSON::PP->new->ascii->canonical;
my $conf = $sa->{conf};
my %tests = (body => $conf->{body_tests}, rawbody => $conf->{rawbody_tests},
    full => $conf->{full_tests}, uri => $conf->{uri_tests},
    header => $conf->{head_tests});
for my $kind (sort keys %tests) {
	for my $priority (sort keys %{$tests{$kind}}) {
		for my $name (sort keys %{$tests{$kind}{$priority}}) {
			my $qr = $conf->{test_qrs}{$name} or next;
			print $json->encode({ kind => $kind, name => $name,
			    header => $conf->{test_opt_header}{$name},
			    regex => "$qr" }), "\n";
		}
	}
}

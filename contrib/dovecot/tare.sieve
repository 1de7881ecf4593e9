# Scan, then file what is marked.  When the scan fails the message goes on as it
# came, unmarked.
require ["vnd.dovecot.filter", "fileinto", "mailbox"];

filter "tare-filter";
if header :is "X-Spam-Flag" "YES" {
	fileinto :create "Junk";
	stop;
}

require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment"];

# Thrown away is not the same as wanted.
if environment :matches "imap.mailbox" ["Trash", "Junk"] {
	stop;
}
pipe :copy "tare-learn" ["ham"];

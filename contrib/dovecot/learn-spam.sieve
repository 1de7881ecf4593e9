require ["vnd.dovecot.pipe", "copy"];

pipe :copy "tare-learn" ["spam"];

/*
 * locales - is a charset one that a reader of some locale can read?
 */
#ifndef PLUGINS_LOCALES_H
#define PLUGINS_LOCALES_H

#include "plugins/plugin.h"

/* Does ok_locales (the setting) say that nothing is foreign? */
bool locales_all(struct tare_msg *m);
/* Western and Unicode charsets are fine everywhere. */
bool locales_charset_ok(struct tare_msg *m, struct tare_slice charset);

#endif

/*
 * names - a set of words from rule files, with a value each; letters fold.
 *
 * For the plugins of this tree that read lists (domains, addresses, words to
 * ignore).  Filled while rules are read, read-only after that.
 */
#ifndef PLUGINS_NAMES_H
#define PLUGINS_NAMES_H

#include "plugins/plugin.h"

struct names;

struct names *names_new(struct tare_setup *);
/* value must not be NULL; the last one of a name stays. */
void names_put(struct tare_setup *, struct names *, struct tare_slice name,
    const void *value);
/* NULL: not there. */
const void *names_get(const struct names *, struct tare_slice name);
size_t names_count(const struct names *);

#endif

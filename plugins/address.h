/*
 * address - mail addresses in a text, as FreeMail and HashBL of SpamAssassin
 * see them.  Not installed.
 *
 * An address is LOCAL@DOMAIN.  LOCAL: atoms (RFC 5322 3.2.3) joined by single
 * dots, at most 64 bytes, not behind another atom character.  DOMAIN: two to
 * five labels, the last a public TLD that no letter, digit, hyphen or label
 * follows.
 */
#ifndef PLUGINS_ADDRESS_H
#define PLUGINS_ADDRESS_H

#include "plugins/plugin.h"

#define ADDRESS_LOCAL_MAX 64

/* Roles, bounces and forwarders: addresses that no person writes from. */
#define ADDRESS_ROLES "/^(?:(?:abuse|contact|helpdesk|info|kontakt|sales|"    \
	"support|(?:domain|host|post)master|bounced?-|request-[0-9a-f]{16}|"  \
	"[0-9a-f]{8}(?:\\.[0-9a-f]{8}|-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}))@|"   \
	"undisclosed.*@|.+=.+=.+@)/i"

/* Where one stands: text[start, end). */
struct address {
	size_t n_starts;		/* it may begin at any of its atoms */
	size_t starts[ADDRESS_LOCAL_MAX / 2 + 1];	/* rightmost first */
	size_t at, end;
};

/* The next address whose "@" is at or behind at. */
bool address_next(struct tare_msg *, struct tare_slice text, size_t at,
    struct address *);
/* The leftmost start at or behind from; false if there is none. */
bool address_start(const struct address *, size_t from, size_t *start_r);

/*
 * The text with a blank for each web link that holds an "@" or "%40", or for
 * each quoted address: one before ">", or before a word and a colon ("a@b.org
 * wrote:"), "mailto:" not before it.  The text itself if there is none.
 */
struct tare_slice address_without_links(struct tare_msg *, struct tare_slice);
struct tare_slice address_without_quotes(struct tare_msg *,
    struct tare_slice);

#endif

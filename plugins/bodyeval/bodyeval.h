/*
 * bodyeval - what the files of this plugin share: bodyeval.c (evals),
 * alternative.c (text against HTML), stock.c (labels of stock tips), word.c
 * (what a word character is).
 */
#ifndef PLUGINS_BODYEVAL_H
#define PLUGINS_BODYEVAL_H

#include "plugins/eval.h"

/* How much of a multipart/alternative's HTML is not in its text. */
struct alternative {
	double difference;	/* percent of the HTML's words; the highest */
	size_t html, text;	/* distinct words, of the last one */
};

/* ---- alternative.c ---- */
struct alternative alternative_compare(struct tare_msg *);

/* ---- stock.c ---- */
struct stock;
struct stock *stock_new(struct tare_setup *, struct tare_err *);
/* Number of different labels, up to STOCK_LABELS_MAX. */
#define STOCK_LABELS_MAX 64
size_t stock_count(struct tare_msg *, const struct stock *);

/* ---- word.c ---- */
/* A character that \w matches in a Unicode text. */
bool word_is_char(int32_t c);

#endif

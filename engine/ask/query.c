/*
 * query - one asker: its place on a list, its deadline, its only callback.
 *
 * An asker is on exactly one list (a flight's, a zone's) until it is called
 * back or cancelled.  It is unlinked before the callback and freed after it,
 * so the callback may cancel anything, itself included.
 */
#include "config.h"

#include "ask/ask-priv.h"
#include "base/mem.h"

static void
list_append(struct query_list *on, struct ask_query *q)
{
	q->on = on;
	q->next = NULL;
	q->prev = on->tail;
	if (on->tail != NULL)
		on->tail->next = q;
	else
		on->head = q;
	on->tail = q;
}

static void
list_remove(struct ask_query *q)
{
	if (q->prev != NULL)
		q->prev->next = q->next;
	else
		q->on->head = q->next;
	if (q->next != NULL)
		q->next->prev = q->prev;
	else
		q->on->tail = q->prev;
	q->on = NULL;
}

struct ask_query *
query_new(struct ask *a, struct query_list *on, double deadline,
    ask_timer_fn *expired, void *arg)
{
	struct ask_query *q = mem_alloc(sizeof(*q));

	q->ask = a;
	q->arg = arg;
	q->deadline.fn = expired;
	q->deadline.arg = q;
	if (deadline > 0)
		deadline_set(a->deadlines, &q->deadline, deadline);
	list_append(on, q);
	return q;
}

void
query_move(struct ask_query *q, struct query_list *to)
{
	list_remove(q);
	list_append(to, q);
}

static void
query_free(struct ask_query *q)
{
	deadline_stop(q->ask->deadlines, &q->deadline);
	mem_free(q);
}

void
query_answer(struct ask_query *q, const struct ask_answer *ans)
{
	list_remove(q);
	q->running = true;
	deadline_stop(q->ask->deadlines, &q->deadline);
	q->fn(ans, q->arg);
	query_free(q);
}

void
query_settle(struct ask_query *q, enum ask_control result)
{
	list_remove(q);
	q->running = true;
	deadline_stop(q->ask->deadlines, &q->deadline);
	q->control_fn(result, q->arg);
	query_free(q);
}

void
ask_cancel(struct ask_query **q)
{
	struct ask_query *gone = *q;

	if (gone == NULL)
		return;
	*q = NULL;
	if (gone->running)
		return;		/* its callback runs: nothing is to come */
	list_remove(gone);
	query_free(gone);
}

void
query_drop_all(struct query_list *on)
{
	while (on->head != NULL) {
		struct ask_query *q = on->head;

		ask_cancel(&q);
	}
}

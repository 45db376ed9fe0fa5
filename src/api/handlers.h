// The handlers, one .cpp file per resource. Each is a plain function of who asks and what is asked;
// routes.cpp says which path leads to it and where it runs.
#pragma once

#include "api/context.h"
#include "http/message.h"

namespace scorekeeper::api {

// outcomes.cpp
void post_outcomes(const Context& context, http::Request& request, http::Reply reply);
void post_outcomes_batch(const Context& context, http::Request& request, http::Reply reply);
http::Response list_outcomes(const Context& context, const http::Request& request);

// async_requests.cpp
http::Response get_async_request(const Context& context, const http::Request& request);

// rules.cpp
http::Response list_rules(const Context& context, const http::Request& request);
void create_rule(const Context& context, http::Request& request, http::Reply reply);
void update_rule(const Context& context, http::Request& request, http::Reply reply);
void delete_rule(const Context& context, http::Request& request, http::Reply reply);

// scorecards.cpp
http::Response list_scorecards(const Context& context, const http::Request& request);
// A filter looks for a part of each name or description, and many rules are put in order: not on
// the loop.
bool searches_texts(const Context& context, const http::Request& request);
http::Response get_scorecard(const Context& context, const http::Request& request);
void update_scorecard(const Context& context, http::Request& request, http::Reply reply);
void delete_scorecard(const Context& context, http::Request& request, http::Reply reply);

// scores.cpp
http::Response list_scores(const Context& context, const http::Request& request);
// A query is evaluated for every entity, a download has them all, and of many rules and entities
// the counting alone takes its time: not on the loop.
bool asks_of_many(const Context& context, const http::Request& request);

// campaigns.cpp
http::Response list_campaigns(const Context& context, const http::Request& request);
http::Response get_campaign(const Context& context, const http::Request& request);
void create_campaign(const Context& context, http::Request& request, http::Reply reply);
void update_campaign(const Context& context, http::Request& request, http::Reply reply);
void delete_campaign(const Context& context, http::Request& request, http::Reply reply);

// catalog_entities.cpp
http::Response list_catalog_entities(const Context& context, const http::Request& request);
void upsert_catalog_entities(const Context& context, http::Request& request, http::Reply reply);
http::Response preview_catalog_entities(const Context& context, http::Request& request);
void delete_catalog_entity(const Context& context, http::Request& request, http::Reply reply);

// catalog_kinds.cpp
http::Response list_catalog_kinds(const Context& context, const http::Request& request);
void upsert_catalog_kind(const Context& context, http::Request& request, http::Reply reply);
void delete_catalog_kind(const Context& context, http::Request& request, http::Reply reply);

// catalog_relations.cpp
http::Response list_catalog_relations(const Context& context, const http::Request& request);

// audit.cpp
http::Response list_audit(const Context& context, const http::Request& request);

// service_definitions.cpp
http::Response list_definitions(const Context& context, const http::Request& request);
void upsert_definitions(const Context& context, http::Request& request, http::Reply reply);
http::Response get_definition(const Context& context, const http::Request& request);
http::Response get_raw_definition(const Context& context, const http::Request& request);
void delete_definition(const Context& context, http::Request& request, http::Reply reply);

// operations.cpp: of the server itself, without keys but for validate
http::Response validate(const Context& context, const http::Request& request);
http::Response get_health(const Context& context, const http::Request& request);
http::Response get_readiness(const Context& context, const http::Request& request);
http::Response get_metrics(const Context& context, const http::Request& request);
http::Response get_version(const Context& context, const http::Request& request);
http::Response get_openapi(const Context& context, const http::Request& request);

}  // namespace scorekeeper::api

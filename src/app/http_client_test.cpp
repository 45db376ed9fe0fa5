#include "app/http_client.h"

#include <gtest/gtest.h>

#include "app/probe_command.h"

namespace scorekeeper::app {
namespace {

// Nothing listens there.
TEST(HttpClient, TellsNoPassword) {
  for (const std::string url : {"http://user:secret@127.0.0.1:1", "user:secret@127.0.0.1:1"}) {
    const auto shown = shown_url(url);
    EXPECT_TRUE(shown.ends_with("user:***@127.0.0.1:1")) << shown;
    EXPECT_EQ(shown.starts_with("http://"), url.starts_with("http://"));
    auto client = HttpClient::open(url, {});
    ASSERT_TRUE(client);
    const auto answer = client->get("/");
    ASSERT_FALSE(answer);
    EXPECT_TRUE(answer.error().detail.starts_with(shown)) << answer.error().detail;
    EXPECT_FALSE(answer.error().detail.contains("secret")) << answer.error().detail;
    ProbeOptions options;
    options.url = url;
    const auto probed = probe(options);
    ASSERT_FALSE(probed);
    EXPECT_TRUE(probed.error().detail.starts_with(shown)) << probed.error().detail;
    EXPECT_FALSE(probed.error().detail.contains("secret")) << probed.error().detail;
  }
  EXPECT_EQ(shown_url("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
  EXPECT_EQ(shown_url("127.0.0.1:8080"), "127.0.0.1:8080");
}

}  // namespace
}  // namespace scorekeeper::app

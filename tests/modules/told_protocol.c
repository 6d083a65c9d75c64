/* A protocol module that writes into the log what mgmd's services tell it of links and routes:
 *
 *   link lan: up 1500 10.0.0.254/24 fe80::1/64
 *   routes 10.50.0.0/16: lan via 10.0.0.1 metric 7
 *   routes 10.50.0.0/16: none
 *   posted
 *
 * The last line comes from a thread of its own that posts.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "mgm.h"
#include "mgmd_protocol.h"

#define PROTOCOL PROTOCOL_ID(PROTO_TYPE_MCAST, PROTO_VENDOR_MS2, 0x544F)

static const MGMD_PROTOCOL_ARGUMENTS* arguments;
static const MGMD_SERVICES* services;
static HANDLE client;
static pthread_t thread;

static void append(char* line, size_t size, const char* text) { strncat(line, text, size - strlen(line) - 1); }

static void append_address(char* line, size_t size, const MGMD_ADDRESS* address) {
  char text[INET6_ADDRSTRLEN];
  append(
      line, size,
      inet_ntop(address->dwFamily == MGMD_PROTOCOL_IPV4 ? AF_INET : AF_INET6, address->abOctets, text, sizeof(text)));
}

static void append_prefix(char* line, size_t size, const MGMD_PREFIX* prefix) {
  char length[8];
  snprintf(length, sizeof(length), "/%u", prefix->dwLength);
  append_address(line, size, &prefix->Address);
  append(line, size, length);
}

static const char* name_of(uint32_t index) {
  for (uint32_t i = 0; i < arguments->dwInterfaceCount; ++i) {
    if (arguments->pInterfaces[i].dwIfIndex == index) return arguments->pInterfaces[i].szName;
  }
  return "?";
}

static void on_link(void* context, const MGMD_LINK* link) {
  char line[512];
  (void)context;
  snprintf(line, sizeof(line), "link %s: %s %u", link->szName, link->dwUp ? "up" : "down", link->dwMtu);
  for (uint32_t i = 0; i < link->dwAddressCount; ++i) {
    append(line, sizeof(line), " ");
    append_prefix(line, sizeof(line), &link->pAddresses[i]);
  }
  arguments->pfnLog(arguments->szName, line);
}

static void on_routes(void* context, const MGMD_PREFIX* prefix) {
  char line[256] = "routes ";
  char metric[32];
  MGMD_ROUTE route;
  (void)context;
  append_prefix(line, sizeof(line), prefix);
  append(line, sizeof(line), ": ");
  if (services->pfnFindRoute(services, &prefix->Address, &route) != MGMD_OK) {
    append(line, sizeof(line), "none");
  } else {
    append(line, sizeof(line), name_of(route.dwIfIndex));
    append(line, sizeof(line), " via ");
    append_address(line, sizeof(line), &route.Neighbour);
    snprintf(metric, sizeof(metric), " metric %u", route.dwMetric);
    append(line, sizeof(line), metric);
  }
  arguments->pfnLog(arguments->szName, line);
}

static void on_posted(void* context) {
  (void)context;
  arguments->pfnLog(arguments->szName, "posted");
}

static void* post(void* unused) {
  (void)unused;
  services->pfnPost(services, on_posted, NULL);
  return NULL;
}

static uint32_t start(const MGMD_PROTOCOL_ARGUMENTS* given) {
  ROUTING_PROTOCOL_CONFIG callbacks;
  arguments = given;
  services = given->pServices;
  memset(&callbacks, 0, sizeof(callbacks));
  if (MgmRegisterMProtocol(&callbacks, PROTOCOL, given->dwComponentId, &client) != NO_ERROR) return 1;
  services->pfnFollowLinks(services, on_link, NULL, NULL);
  services->pfnFollowRoutes(services, on_routes, NULL, NULL);
  return pthread_create(&thread, NULL, post, NULL) == 0 ? 0 : 2;
}

static void stop(void) {
  pthread_join(thread, NULL);
  MgmDeRegisterMProtocol(client);
}

const MGMD_PROTOCOL* MgmdProtocol(void) {
  static const MGMD_PROTOCOL protocol = {MGMD_PROTOCOL_VERSION, start, NULL, stop};
  return &protocol;
}

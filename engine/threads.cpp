#include "engine/threads.h"

#include <sched.h>

#include <cmath>
#include <cstdio>
#include <cstring>

namespace mien {
namespace {

int affinity_count() {
#if !defined(__linux__)
  return 1;
#else
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  const int count = CPU_COUNT(&set);
  return count < 1 ? 1 : count;
#endif
}

// CPUs of a cgroup v2 "quota period" file ("max 100000" means no limit), 0 for none.
double quota_v2(const char* path) {
  std::FILE* file = std::fopen(path, "re");
  if (!file) return 0;
  char quota[32] = {};
  double period = 0, limit = 0;
  if (std::fscanf(file, "%31s %lf", quota, &period) == 2 && std::strcmp(quota, "max") != 0 && period > 0 &&
      std::sscanf(quota, "%lf", &limit) == 1) {
    limit /= period;
  } else {
    limit = 0;
  }
  std::fclose(file);
  return limit;
}

double number_in(const char* path) {
  std::FILE* file = std::fopen(path, "re");
  if (!file) return 0;
  double value = 0;
  if (std::fscanf(file, "%lf", &value) != 1) value = 0;
  std::fclose(file);
  return value;
}

double cgroup_quota() {
  // v2: the process's own group is named in /proc/self/cgroup as "0::/path".
  char line[512] = {}, path[640] = {};
  if (std::FILE* file = std::fopen("/proc/self/cgroup", "re")) {
    while (std::fgets(line, sizeof(line), file)) {
      if (std::strncmp(line, "0::", 3) != 0) continue;
      line[std::strcspn(line, "\n")] = 0;
      std::snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cpu.max", line + 3);
    }
    std::fclose(file);
  }
  double quota = path[0] ? quota_v2(path) : 0;
  if (quota <= 0) quota = quota_v2("/sys/fs/cgroup/cpu.max");
  if (quota > 0) return quota;
  const double us = number_in("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  const double period = number_in("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  return us > 0 && period > 0 ? us / period : 0;
}

}  // namespace

int allowed_threads() {
  const int cpus = affinity_count();
  const double quota = cgroup_quota();
  if (quota <= 0) return cpus;
  const int whole = static_cast<int>(std::floor(quota + 0.5));
  return whole < 1 ? 1 : whole < cpus ? whole : cpus;
}

}  // namespace mien

#include "agent/engine_thread.h"

#include <pthread.h>
#include <time.h>

namespace pue {

EngineThread::EngineThread(Engine& engine, Duration tick) : engine_(engine), tick_(tick), thread_([this] { run(); }) {}

EngineThread::~EngineThread() {
  // release: what this thread knows the collectors to have pushed, the last tick must find in the rings
  stopping_.store(true, std::memory_order_release);
  thread_.join();
}

void EngineThread::run() {
  ::pthread_setname_np(::pthread_self(), "engine");
  Instant next = BootClock::now();
  // acquire: pairs with the destructor's release
  while (!stopping_.load(std::memory_order_acquire)) {
    next += tick_;
    const Instant now = BootClock::now();
    // After a suspend, or when a tick took too long, go on from here instead of making up for what is lost.
    if (next < now) next = now;
    const auto since_boot = next.time_since_epoch();
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
    const timespec until{.tv_sec = whole.count(), .tv_nsec = (since_boot - whole).count()};
    ::clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, nullptr);
    engine_.tick(BootClock::now());
    ticks_.store(ticks_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  // The order to stop may have come after the last look into the rings (tests/models/shutdown.pml finds that schedule).
  engine_.tick(BootClock::now(), true);
}

}  // namespace pue

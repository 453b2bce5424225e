// Sends one document to one port: opens the session, runs the print processor from spool file to device, finishes. Internal.
#pragma once

#include "base/async_event.h"
#include "spooler/port_catalog.h"
#include "spooler/processors/print_processor.h"
#include "spooler/queue.h"

#include <atomic>
#include <boost/asio/cancellation_signal.hpp>
#include <memory>
#include <string>

namespace spooler {

class DirectFeed;                                                  // spooler/direct_feed.h

// One document on its way to one port; shared by the queue's state and the coroutine.
struct Delivery {
    enum class Stop : std::uint8_t { none, cancel, restart, shutdown };

    JobId job = 0;
    std::string port;
    std::string driver;
    std::string processor;
    ProcessorJob settings;
    DocumentInfo document;
    std::shared_ptr<DirectFeed> feed;                              // of a document without spool file
    std::atomic<Stop> stop{Stop::none};
    std::atomic<bool> data_sent{false};
    base::AsyncEvent wake;                                         // paused, resumed, more data, stopped
    boost::asio::cancellation_signal signal;                       // on the queue's strand only

    [[nodiscard]] bool stopped() const { return stop.load() != Stop::none; }
    // Ends the delivery soon, from any thread. The first reason stays, except that cancel overrides the others.
    static void interrupt(const std::shared_ptr<Delivery>& delivery, const boost::asio::any_io_executor& strand, Stop how);
};

class Despooler {
 public:
    // Runs on the queue's strand; answers print_cancelled when it was stopped.
    static base::Task<base::Result<void>> deliver(PrinterQueuePtr queue, std::shared_ptr<Delivery> delivery);
};

}  // namespace spooler

// The emitters: model and service to the texts of generated files. Deterministic; they see nothing of the IDL text.
#pragma once

#include "tools/idlc/model.h"
#include "tools/idlc/template.h"

#include <string>
#include <vector>

namespace idlc {

struct Job {
    const Model& model;
    const Service& service;
    std::string sources;          // for the first line: "ms-par.idl ms-rprn.idl winspool.ops"
    std::size_t codec_files = 1;  // parts that compile side by side
};

// First lines of every generated file.
[[nodiscard]] std::string banner(const Job& job, const std::string& purpose);

[[nodiscard]] std::vector<GeneratedFile> emit_types(const Job& job);     // types.h
[[nodiscard]] std::vector<GeneratedFile> emit_codec(const Job& job);     // codec.h, codec_N.cpp
[[nodiscard]] std::vector<GeneratedFile> emit_service(const Job& job);   // service.h/.cpp and the next
[[nodiscard]] std::vector<GeneratedFile> emit_dispatch(const Job& job);  // dispatch.h/.cpp
[[nodiscard]] std::vector<GeneratedFile> emit_client(const Job& job);    // client.h/.cpp
[[nodiscard]] std::vector<GeneratedFile> emit_tests(const Job& job);     // roundtrip_test.cpp, fuzz_ops.cpp
// Lines "operation alias=opnum ...", for people and for the status table of the README.
[[nodiscard]] std::string status_table(const Service& service);

}  // namespace idlc

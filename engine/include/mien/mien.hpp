// mien: face networks on the CPU. The C++17 face of mien.h: handles that free themselves, strings and vectors that copy
// what they show, and mien::Error thrown where the C function returns a code. Everything is inline, in the caller's own
// program: no C++ type and no exception crosses the library's surface. Threads: as mien.h says.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "mien/mien.h"

namespace mien {
// A namespace of its own in the symbols, apart from the names inside the library.
inline namespace abi1 {

class Error : public std::runtime_error {
 public:
  explicit Error(const mien_error& error) : std::runtime_error(error.message), code_(error.code) {}
  mien_code code() const { return code_; }

 private:
  mien_code code_;
};

namespace detail {

// Calls a function of mien.h with an error to fill; throws it.
template <class Function, class... Arguments>
void call(Function function, Arguments... arguments) {
  mien_error error = MIEN_ERROR_INIT;
  if (function(arguments..., &error) != MIEN_OK) throw Error(error);
}

}  // namespace detail

struct LoadOptions {
  std::string isa;  // "": the best one this CPU has
  bool check_weights = true;
  mien_log_fn log = nullptr;
  void* log_context = nullptr;
  bool low_memory = false;
  const mien_allocator* allocator = nullptr;  // nullptr: the system
};

struct Tensor {
  std::string name;
  std::vector<int64_t> shape;  // of one sample
  int64_t elements = 0;
};

class Model {
 public:
  // Throw Error.
  static Model load(const std::string& path, const LoadOptions& options = {}) {
    const mien_load_options c = to_c(options);
    mien_model* model = nullptr;
    detail::call(mien_model_load, path.c_str(), &c, &model);
    return Model(model);
  }
  // data stays the caller's and must outlive the model and its sessions.
  static Model load(const void* data, size_t size, const LoadOptions& options = {}) {
    const mien_load_options c = to_c(options);
    mien_model* model = nullptr;
    detail::call(mien_model_load_memory, data, size, &c, &model);
    return Model(model);
  }

  // Their strings live as long as the model.
  mien_model_info info() const { return get(mien_model_info MIEN_MODEL_INFO_INIT, mien_model_get_info); }
  mien_picture_info picture() const { return get(mien_picture_info MIEN_PICTURE_INFO_INIT, mien_model_get_picture); }
  mien_embedding_info embedding() const {
    return get(mien_embedding_info MIEN_EMBEDDING_INFO_INIT, mien_model_get_embedding);
  }
  mien_face_record face() const { return get(mien_face_record MIEN_FACE_RECORD_INIT, mien_model_get_face); }
  std::vector<mien_threshold> thresholds() const {  // by falling false_accepts
    std::vector<mien_threshold> all(static_cast<size_t>(face().thresholds), mien_threshold MIEN_THRESHOLD_INIT);
    for (size_t i = 0; i < all.size(); ++i)
      detail::call(mien_model_get_threshold, get(), static_cast<int32_t>(i), &all[i]);
    return all;
  }
  mien_card card() const { return get(mien_card MIEN_CARD_INIT, mien_model_get_card); }
  std::vector<std::string> repairs() const {
    std::vector<std::string> lines;
    for (int32_t i = 0; const char* line = mien_model_repair(get(), i); ++i) lines.push_back(line);
    return lines;
  }

  int32_t inputs() const { return info().inputs; }
  int32_t outputs() const { return info().outputs; }
  Tensor input(int32_t index) const { return tensor(mien_model_get_input, index); }
  Tensor output(int32_t index) const { return tensor(mien_model_get_output, index); }
  int64_t session_bytes(int32_t max_batch) const { return mien_model_session_bytes(get(), max_batch); }

  mien_model* get() const { return model_.get(); }

 private:
  explicit Model(mien_model* model) : model_(model, mien_model_free) {}

  static mien_load_options to_c(const LoadOptions& options) {
    mien_load_options c = MIEN_LOAD_OPTIONS_INIT;
    c.isa = options.isa.empty() ? nullptr : options.isa.c_str();
    c.check_weights = options.check_weights;
    c.log = options.log;
    c.log_context = options.log_context;
    c.low_memory = options.low_memory;
    c.allocator = options.allocator;
    return c;
  }
  template <class Info, class Function>
  Info get(Info info, Function function) const {
    detail::call(function, get(), &info);
    return info;
  }
  template <class Function>
  Tensor tensor(Function function, int32_t index) const {
    mien_tensor_info info = MIEN_TENSOR_INFO_INIT;
    detail::call(function, get(), index, &info);
    return {info.name, std::vector<int64_t>(info.dims, info.dims + info.rank), info.elements};
  }

  std::shared_ptr<mien_model> model_;  // copies are the same model
};

struct SessionOptions {
  int32_t max_batch = 1;
  int32_t width = 1;  // above 1: parallel_for is needed
  mien_parallel_for_fn parallel_for = nullptr;
  void* parallel_context = nullptr;
  bool allow_nonfinite = false;
  const mien_allocator* allocator = nullptr;  // nullptr: the model's
  mien_cancel_fn cancel = nullptr;
  void* cancel_context = nullptr;
};

class Session {
 public:
  // Throws Error.
  explicit Session(const Model& model, const SessionOptions& options = {})
      : session_(create(model, options), mien_session_free), model_(model), elements_(model.output(0).elements) {}

  // As mien_session_run; throws Error.
  void run(int32_t batch, const float* const* inputs, float* const* outputs) {
    detail::call(mien_session_run, session_.get(), batch, inputs, outputs);
  }
  // As mien_session_run_pictures; throws Error.
  void run_pictures(int32_t batch, const uint8_t* rgb, float* output) {
    detail::call(mien_session_run_pictures, session_.get(), batch, rgb, output);
  }
  // One picture of the model's size, [height][width][3], R first -> the first output.
  std::vector<float> embed(const uint8_t* rgb) {
    std::vector<float> output(static_cast<size_t>(elements_));
    run_pictures(1, rgb, output.data());
    return output;
  }

  // Any thread, during a run too; a run that is cancelled throws Error with MIEN_CANCELLED.
  void cancel() { mien_session_cancel(session_.get()); }
  void resume() { mien_session_resume(session_.get()); }

  const Model& model() const { return model_; }
  mien_session* get() const { return session_.get(); }

 private:
  static mien_session* create(const Model& model, const SessionOptions& options) {
    mien_session_options c = MIEN_SESSION_OPTIONS_INIT;
    c.max_batch = options.max_batch;
    c.width = options.width;
    c.parallel_for = options.parallel_for;
    c.parallel_context = options.parallel_context;
    c.allow_nonfinite = options.allow_nonfinite;
    c.allocator = options.allocator;
    c.cancel = options.cancel;
    c.cancel_context = options.cancel_context;
    mien_session* session = nullptr;
    detail::call(mien_session_create, model.get(), &c, &session);
    return session;
  }

  std::unique_ptr<mien_session, void (*)(mien_session*)> session_;
  Model model_;
  int64_t elements_;
};

}  // namespace abi1
}  // namespace mien

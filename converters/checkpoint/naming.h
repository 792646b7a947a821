// What the layers of models/ are called in the checkpoints of each framework: rules from "<layer>/<role>" to a tensor's
// name. Thread-safety: pure functions and constant tables.
#pragma once

#include <string>
#include <vector>

#include "models/weight_source.h"

namespace mien {

// What a framework adds to a layer's path, and how it computes.
struct Framework {
  const char* name;
  const char* leaves[9];  // by Role; several are separated by '|', "" where there is none
  char separator;         // between path and leaf
  bool transposed;        // convolutions are height, width, in, out; dense layers in, out
  bool clamps_slopes;     // a PReLU's slope below 0 counts as 0
  double eps;             // of every BatchNorm; 0 = the network's own
};

struct Naming {
  const char* network;
  const Framework& framework;
  // The layer's path; "" where the format has no such tensor: a gamma is 1 then, a beta 0.
  std::string (*path)(const std::string& layer, Role role);
  const char* preset = "";        // of the pictures, if not the network's own
  const char* also_without = "";  // a leading part of names that some files leave out
};

// In the order of models/, the frameworks in the order in which they are tried.
const std::vector<Naming>& namings();

// Names of the tensor, without what a training wrapper puts before them, the usual one first.
std::vector<std::string> names_of(const Naming& naming, const std::string& layer, Role role);

// The paths that are more than the layer's own name (paths.cpp).
std::string path_retinaface_mindspore(const std::string& layer, Role role);
std::string path_iresnet_mxnet(const std::string& layer, Role role);
std::string path_gluonface(const std::string& layer, Role role);
std::string path_gluonface_export(const std::string& layer, Role role);
std::string path_facenet_tensorflow(const std::string& layer, Role role);
std::string path_facenet_torch(const std::string& layer, Role role);
std::string path_mobilefacenet_arcface(const std::string& layer, Role role);
std::string path_mobilefacenet_insightface(const std::string& layer, Role role);

}  // namespace mien

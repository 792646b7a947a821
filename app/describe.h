// Records and reports as JSON and as table rows; one vocabulary for all verbs. Pure functions.
#pragma once

#include <string>

#include "app/console.h"
#include "converters/convert.h"
#include "engine/model.h"

namespace mien::app {

Json json_of(const Shape& shape);                 // [1, 3, 112, 112]
Json json_of(const InputRecord& record);
Json json_of(const OutputRecord& record);
Json json_of(const FaceRecord& record);
Json json_of(const Card& card);
Json json_of(const ProofReport& proof, const ProofLimits& limits);
Json json_of(const ConvertReport& report);

Table cost_table(const Model& model);             // multiply-adds, parameters, weights, working memory, steps
std::string text_of(const InputRecord& record);   // "112x112 rgb, (v - 127.5) * 0.0078125 (preset arcface)"
std::string text_of(const FaceRecord& record);    // "box with a margin of 32 pixels, flip concat"
std::string text_of(const ProofReport& proof, const ProofLimits& limits);  // a few lines
std::string text_of(const ConvertReport& report);

}  // namespace mien::app

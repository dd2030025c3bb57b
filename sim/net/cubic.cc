#include "sim/net/cubic.h"

namespace reshake::net {
namespace {

/// A decrease to 717/1024 makes Reno's like grow by 3 (1 - b) / (1 + b) segments per window: one
/// segment per so many eighths of a window acknowledged. Linux's beta_scale, rounding included.
constexpr std::uint32_t beta = 717;
constexpr std::uint32_t eighths_per_segment = 8 * (1024 + beta) / 3 / (1024 - beta);

}  // namespace

void Cubic::IncreaseWindow(ns3::Ptr<ns3::TcpSocketState> state, std::uint32_t segments) {
    const bool slow_start = state->m_cWnd < state->m_ssThresh;
    TcpCubic::IncreaseWindow(state, segments);
    if (slow_start) return;
    const std::uint32_t window = state->GetCwndInSegments();
    if (reno_window_ == 0) reno_window_ = window;
    acknowledged_ += segments;
    const std::uint32_t needed = window * eighths_per_segment / 8;
    while (acknowledged_ > needed) {
        acknowledged_ -= needed;
        ++reno_window_;
    }
    if (reno_window_ > window) state->m_cWnd += state->m_segmentSize;
}

std::uint32_t Cubic::GetSsThresh(ns3::Ptr<const ns3::TcpSocketState> state,
                                 std::uint32_t in_flight) {
    reno_window_ = 0;
    acknowledged_ = 0;
    return TcpCubic::GetSsThresh(state, in_flight);
}

}  // namespace reshake::net

"""Examples of bodies and answers, for those who read the contract."""

from typing import Any

NODE_EXAMPLE: dict[str, Any] = {
    "name": "Port of Rotterdam",
    "type": "port",
    "status": "operational",
    "location": {"latitude": 51.95, "longitude": 4.14},
    "capacity": 110000,
    "inventory": 61000,
    "utilization": 0.6,
    "temperatureRange": {"minimum": 5, "maximum": 35},
}
LANE_EXAMPLE: dict[str, Any] = {
    "mode": "ship",
    "leadTimeDays": 24.6,
    "distanceKm": 12150.4,
    "capacityPerDay": 1800,
    "costPerUnit": 6.57,
}
_STORED = {"version": 3, "updatedAt": "2026-11-24T08:00:00.000000Z"}
NODE_ANSWER = {
    **NODE_EXAMPLE,
    **_STORED,
    "id": "port-rotterdam",
    "latest": {
        "stock": {
            "messageId": "0f2f6d0e-6a43-5c0e-9a51-8d0e5f3f8a11",
            "timestamp": "2026-11-24T08:04:12.250000Z",
            "metrics": {"utilization": 0.87, "inventory": 58210},
        }
    },
    "readingCount": 4711,
    "risk": {"score": 0.7, "level": "high", "findings": ["utilization is 85 % or more"]},
}
LANE_ANSWER = {**LANE_EXAMPLE, **_STORED, "from": "plant-chennai", "to": "port-rotterdam"}

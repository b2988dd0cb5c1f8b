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
    "energyKwhPerDay": 480,
    "energySource": "renewable",
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
ALERT_ANSWER: dict[str, Any] = {
    "id": "0b7c1f5e-9d64-5a0e-8d7b-2f6f0d1f4a11",
    "subject": "node:port-rotterdam",
    "nodeId": "port-rotterdam",
    "rule": "utilization",
    "severity": "high",
    "status": "acknowledged",
    "priority": 0.74,
    "finding": "utilization is 85 % or more",
    "value": 0.87,
    "threshold": 0.85,
    "count": 3,
    "openedAt": "2026-11-24T08:04:12.250000Z",
    "updatedAt": "2026-11-24T08:06:40.000000Z",
    "acknowledgedAt": "2026-11-24T08:05:30.000000Z",
    "acknowledgedBy": {"id": "4f1c2c9a-5c11-4a5f-9d0e-3f6f2f1f7c55", "name": "ada@example.com"},
}
AUDIT_ANSWER: dict[str, Any] = {
    "id": "8c0e7a52-6f2b-4c6d-9a0a-1d2e3f4a5b6c",
    "at": "2026-11-24T08:05:30.000000Z",
    "actor": ALERT_ANSWER["acknowledgedBy"],
    "action": "alert.acknowledged",
    "subject": f"alert:{ALERT_ANSWER['id']}",
}
THRESHOLDS_EXAMPLE: dict[str, Any] = {"networkKg": 250000, "laneKg": 40000, "nodeKg": 15000}
THRESHOLDS_ANSWER = {**THRESHOLDS_EXAMPLE, **_STORED}
SUSTAINABILITY_ANSWER: dict[str, Any] = {
    "asOf": "2026-11-24T08:05:00.000000Z",
    "totalKg": 1803.2,
    "lanesKg": 1793.6,
    "nodesKg": 9.6,
    "byMode": {"ship": 1793.6},
    "lanes": [
        {
            "from": "plant-chennai",
            "to": "port-rotterdam",
            "mode": "ship",
            "tonneKm": 224200,
            "emissionsKg": 1793.6,
        }
    ],
    "nodes": [{"id": "port-rotterdam", "energyKwh": 480, "emissionsKg": 9.6}],
    "thresholds": THRESHOLDS_ANSWER,
    "trend": [
        {
            "at": "2026-11-24T08:00:00.000000Z",
            "totalKg": 1803.2,
            "lanesKg": 1793.6,
            "nodesKg": 9.6,
        }
    ],
}

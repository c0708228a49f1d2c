"""Data that means harm, and data that is nobody's business."""

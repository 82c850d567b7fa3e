//! Questions, answers and pages: studies, records, reports.

//! Voluntary context switches: how often a thread of this process went to sleep by itself.

/// The count over all threads until now. Where the kernel doesn't tell, it stays 0.
pub fn voluntary() -> u64 {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return 0 };
    tasks
        .filter_map(Result::ok)
        .filter_map(|task| std::fs::read_to_string(task.path().join("status")).ok())
        .filter_map(|status| count(&status))
        .sum()
}

fn count(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_count_is_read_from_a_status_file() {
        let status = "Name:\tx\nvoluntary_ctxt_switches:\t41\nnonvoluntary_ctxt_switches:\t7\n";
        assert_eq!(super::count(status), Some(41));
    }
}

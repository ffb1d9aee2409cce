// Runs before the worker: a Cache API that has no room for anything.
Cache.prototype.put = async () => {
  throw new DOMException('full', 'QuotaExceededError');
};

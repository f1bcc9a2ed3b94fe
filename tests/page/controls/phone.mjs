export async function withThePhone() {}
withThePhone.device = {};
